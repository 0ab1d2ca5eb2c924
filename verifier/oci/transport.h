#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/authenticator.h"
#include "verifier/oci/exchange.h"
#include "verifier/oci/reference.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::oci {

// One request to a registry about one repository.
struct RegistryRequest {
  const Reference& repository;  // borrowed
  net::Url url;                 // from Transport::UrlOf, or one that the registry named
  absl::Time deadline;
  std::string method = "GET";
  net::Headers headers;
  std::string_view body;                               // borrowed
  size_t max_body_bytes = limits::kMaxHttpBodyBytes;   // of the answer
  std::function<absl::Status(std::string_view)> sink;  // see net::HttpRequest::sink
  std::function<void()> on_attempt;                    // see ExchangeRequest
  bool push = false;                                   // ask for write access; never fall back to anonymous
  // Of a URL that the registry named: how far it may lead (ExchangeResult::named_scope).
  net::DialScope named_scope = net::DialScope::kAnything;
  bool retry = true;  // see ExchangeRequest
};

// Authenticated requests to registries, with redirects and retries. Thread-safe.
class Transport {
 public:
  Transport(std::shared_ptr<net::HttpClient> http, RegistryOptions options);

  // Where `path` ("manifests/latest") of a repository is: https unless the host was named as plain.
  absl::StatusOr<net::Url> UrlOf(const Reference& repository, std::string_view path) const;

  // The answer, of whatever status. Errors as Exchange::Perform and Authenticator::Answer.
  absl::StatusOr<ExchangeResult> Send(const RegistryRequest& request);

  // For what is not one request and has to be started over by its caller: waits as between the attempts
  // number `attempt` (from 1) and the next. False when the outcome stands: it is none that another attempt
  // mends, attempts are used up, or the wait would end after the deadline.
  bool WaitToRetry(const absl::StatusOr<ExchangeResult>& outcome, int attempt, absl::Time deadline) const {
    return exchange_.WaitToRetry(outcome, attempt, deadline);
  }

 private:
  absl::StatusOr<ExchangeResult> SendWith(const RegistryRequest& request, const Grant* grant) const;
  net::DialScope DialScopeOf(const RegistryRequest& request) const;
  absl::StatusOr<ExchangeResult> AnswerChallenge(const RegistryRequest& request, const AccessRequest& access,
                                                 ExchangeResult challenged);
  absl::StatusOr<ExchangeResult> TryAnonymously(const RegistryRequest& request, const AccessRequest& access,
                                                ExchangeResult refused);
  bool IsPlainHttp(const std::string& host) const;
  void SurfaceWarnings(const RegistryRequest& request, const ExchangeResult& result) const;

  RegistryOptions options_;
  Exchange exchange_;
  Authenticator authenticator_;
};

}  // namespace chartseal::oci
