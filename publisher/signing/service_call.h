#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/signing/services.h"
#include "verifier/base/reason.h"
#include "verifier/net/http_client.h"

namespace chartseal::publisher {

// One of the services that make a keyless signature, for messages and limits.
struct ServiceKind {
  std::string_view name;   // "Fulcio"
  Reason reason;           // which its errors carry
  absl::Duration allowed;  // for one request
};

struct ServiceRequest {
  std::string method = "POST";
  net::Url url;
  std::string content_type;
  std::string accept = "application/json";
  oci::Secret bearer;                         // empty for none
  std::string_view authorization = "Bearer";  // the scheme in front of `bearer`
  net::Headers headers;                       // more of them
  std::string_view body;                      // borrowed until the call returns
};

// `base` without its final slashes, and `path`; with an empty `path`, `base` as it is. InvalidArgument with
// the service's reason when that is no URL.
absl::StatusOr<net::Url> ServiceUrl(const ServiceKind& kind, std::string_view base, std::string_view path);

// "Fulcio https://fulcio.example/api/v2/signingCert": how messages begin.
std::string ServiceName(const ServiceKind& kind, const net::Url& url);

// The answer, whatever its status, when it is neither 429 nor 5xx or when the tries are used up
// (spec/sigstore.md §5.6): limits::kServiceRetries more after 1, 2, 4… seconds, or after what Retry-After
// asks for when that is longer and ends before the deadline. Errors are those of the HTTP client, with the
// service's name and reason.
absl::StatusOr<net::HttpResponse> CallService(const ServiceCaller& caller, const ServiceKind& kind,
                                              const ServiceRequest& request, absl::Time deadline);
// The same once, without a second try.
absl::StatusOr<net::HttpResponse> CallServiceOnce(const ServiceCaller& caller, const ServiceKind& kind,
                                                  const ServiceRequest& request, absl::Time deadline);

// Whether another try may mend it: 429 or 5xx.
bool IsRetriableAnswer(const net::HttpResponse& response);

// What an answer that is no success means: PermissionDenied (401, 403), ResourceExhausted (429), Unavailable
// (5xx), Unimplemented (405), else FailedPrecondition. The message holds the status and the service's own
// words, bounded, printable and without `bearer`, and ends with `advice` (may be empty).
absl::Status ServiceError(const ServiceKind& kind, const ServiceRequest& request,
                          const net::HttpResponse& response, std::string_view advice);

// FailedPrecondition with the service's reason, for an answer that makes no sense.
absl::Status BadAnswer(const ServiceKind& kind, const net::Url& url, std::string_view what);

}  // namespace chartseal::publisher
