#include "publisher/signing/service_call.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_error.h"
#include "verifier/oci/retry.h"

namespace chartseal::publisher {
namespace {

constexpr size_t kShownBytes = 300;         // of a service's own words
constexpr size_t kShortestSecretPart = 12;  // shorter parts of a token are ordinary words

// The service's own words: the message of a JSON error, or a line of text; a page for people is of no use.
std::string WordsOf(const net::HttpResponse& response) {
  const std::string& body = response.body;
  const auto node = ParseJson(body, "error", {.max_bytes = limits::kMaxErrorBodyBytes, .max_nodes = 4096});
  if (node.ok() && node->is_map()) return std::string(node->StringOr("message"));
  return body.starts_with('<') || body.starts_with('{') ? "" : body;
}

// A service that quotes what it was sent would put the token into our message.
std::string WithoutToken(std::string text, const oci::Secret& bearer) {
  const std::vector<std::string> parts = absl::StrSplit(bearer.Reveal(), '.');
  for (const std::string& part : parts) {
    if (part.size() >= kShortestSecretPart) text = absl::StrReplaceAll(text, {{part, "[redacted]"}});
  }
  return text;
}

absl::StatusCode CodeOf(int status) {
  if (status == 401 || status == 403) return absl::StatusCode::kPermissionDenied;
  if (status == 405) return absl::StatusCode::kUnimplemented;
  if (status == 429) return absl::StatusCode::kResourceExhausted;
  return status >= 500 && status < 600 ? absl::StatusCode::kUnavailable
                                       : absl::StatusCode::kFailedPrecondition;
}

// What to do about a status that says nothing particular of one service.
std::string_view GeneralAdvice(int status) {
  if (status >= 300 && status < 400) {
    return "redirects are not followed; put the URL where the service really is into the signing config";
  }
  if (status == 404) return "is this the service's URL? check the signing config";
  if (status == 429) return "it limits how often it is asked: try again in some minutes";
  if (status >= 500) return "try again; if it stays so, see the service's status page";
  return "";
}

net::HttpRequest HttpRequestOf(const ServiceRequest& request, absl::Time deadline) {
  net::HttpRequest http{.method = request.method, .url = request.url, .headers = request.headers};
  if (!request.content_type.empty()) http.headers.Add("Content-Type", request.content_type);
  http.headers.Add("Accept", request.accept);
  if (!request.bearer.empty()) {
    http.headers.Add("Authorization", Cat(request.authorization, " ", request.bearer.Reveal()));
  }
  http.body = request.body;
  http.deadline = deadline;
  http.stall_time = absl::InfiniteDuration();  // Rekor v2 is silent until its next checkpoint
  http.max_body_bytes = limits::kMaxServiceAnswerBytes;
  return http;
}

// How long to wait before the next try; nullopt when there is none, or no time for it.
std::optional<absl::Duration> RetryIn(const ServiceCaller& caller, const net::HttpResponse& response,
                                      int retries_so_far, absl::Time deadline) {
  if (!IsRetriableAnswer(response) || retries_so_far >= limits::kServiceRetries) return std::nullopt;
  const absl::Time now = caller.clock();
  const auto asked = oci::ParseRetryAfter(response.headers.Get("Retry-After"), now);
  const absl::Duration delay =
      std::max(absl::Seconds(int64_t{1} << retries_so_far), asked.value_or(absl::ZeroDuration()));
  // The answer at hand says more than "deadline exceeded".
  if (now + delay >= deadline) return std::nullopt;
  return delay;
}

}  // namespace

absl::StatusOr<net::Url> ServiceUrl(const ServiceKind& kind, std::string_view base, std::string_view path) {
  while (!path.empty() && base.ends_with('/')) base.remove_suffix(1);
  auto url = net::Url::Parse(Cat(base, path));
  if (!url.ok()) return WithReason(Annotate(url.status(), Cat(kind.name, "'s URL")), kind.reason);
  return url;
}

std::string ServiceName(const ServiceKind& kind, const net::Url& url) {
  return Cat(kind.name, " ", url.Redacted());
}

bool IsRetriableAnswer(const net::HttpResponse& response) {
  return response.status == 429 || (response.status >= 500 && response.status < 600);
}

absl::StatusOr<net::HttpResponse> CallServiceOnce(const ServiceCaller& caller, const ServiceKind& kind,
                                                  const ServiceRequest& request, absl::Time deadline) {
  const absl::Time until = std::min(deadline, caller.clock() + kind.allowed);
  auto response = caller.http->Perform(HttpRequestOf(request, until));
  if (response.ok()) return response;
  return WithReason(Annotate(response.status(), ServiceName(kind, request.url)), kind.reason);
}

absl::StatusOr<net::HttpResponse> CallService(const ServiceCaller& caller, const ServiceKind& kind,
                                              const ServiceRequest& request, absl::Time deadline) {
  for (int retries = 0;; ++retries) {
    ASSIGN_OR_RETURN(net::HttpResponse response, CallServiceOnce(caller, kind, request, deadline));
    const auto delay = RetryIn(caller, response, retries, deadline);
    if (!delay.has_value()) return response;
    caller.sleeper(*delay);
  }
}

absl::Status ServiceError(const ServiceKind& kind, const ServiceRequest& request,
                          const net::HttpResponse& response, std::string_view advice) {
  const std::string words = oci::Redact(WithoutToken(WordsOf(response), request.bearer), kShownBytes);
  if (advice.empty()) advice = GeneralAdvice(response.status);
  const std::string text =
      Cat(ServiceName(kind, request.url), " answered ", response.status, words.empty() ? "" : ": ", words,
          advice.empty() ? "" : " (", advice, advice.empty() ? "" : ")");
  return WithReason(absl::Status(CodeOf(response.status), text), kind.reason);
}

absl::Status BadAnswer(const ServiceKind& kind, const net::Url& url, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(Cat(ServiceName(kind, url), ": ", what)), kind.reason);
}

}  // namespace chartseal::publisher
