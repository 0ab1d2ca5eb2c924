#include "verifier/oci/exchange.h"

#include <algorithm>
#include <set>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

bool IsRedirect(const net::HttpRequest& request, const net::HttpResponse& response) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  constexpr int kRedirects[] = {301, 302, 303, 307, 308};
  return std::find(std::begin(kRedirects), std::end(kRedirects), response.status) != std::end(kRedirects) &&
         !response.headers.Get("Location").empty();
}

// How far inside the server stands that answered: its address, or behind a proxy its name.
net::DialScope ScopeOf(const net::HttpResponse& response, const net::Url& url) {
  return net::ScopeFrom(response.peer_address.empty() ? net::ClassifyHost(url.host())
                                                      : net::ClassifyAddress(response.peer_address));
}

// The enumerators after kAnything go from narrow to wide.
net::DialScope Narrower(net::DialScope a, net::DialScope b) {
  if (a == net::DialScope::kAnything) return b;
  if (b == net::DialScope::kAnything) return a;
  return std::min(a, b);
}

absl::Status NotFollowed(const net::Url& from, std::string_view why) {
  const std::string text = Cat("redirect from ", from.Redacted(), " is not followed: ", why);
  return WithReason(absl::FailedPreconditionError(text), Reason::kRegistryError);
}

}  // namespace

absl::StatusOr<net::HttpResponse> Exchange::PerformOnce(const net::HttpRequest& request) const {
  auto response = http_->Perform(request);
  if (observer_) {
    const std::string url = request.url.Redacted();
    observer_(request.method, url, response.ok() ? response->status : 0);
  }
  return response;
}

absl::StatusOr<ExchangeResult> Exchange::Perform(const ExchangeRequest& request) const {
  for (int attempt = 1;; ++attempt) {
    if (request.on_attempt) request.on_attempt();
    auto result = FollowRedirects(request.http);
    if (request.retry && WaitToRetry(result, attempt, request.http.deadline)) continue;
    if (result.ok() || attempt == 1) return result;
    return Annotate(result.status(), Cat("tried ", attempt, " times"));
  }
}

bool Exchange::WaitToRetry(const absl::StatusOr<ExchangeResult>& outcome, int attempt,
                           absl::Time deadline) const {
  const auto delay = RetryIn(outcome, attempt, deadline);
  if (!delay.has_value()) return false;
  sleeper_(*delay);
  return true;
}

std::optional<absl::Duration> Exchange::RetryIn(const absl::StatusOr<ExchangeResult>& result, int attempt,
                                                absl::Time deadline) const {
  const bool retriable =
      result.ok() ? IsRetriableStatus(result->response.status) : IsRetriableError(result.status());
  if (!retriable || attempt >= policy_.attempts) return std::nullopt;
  const absl::Time now = clock_();
  std::optional<absl::Duration> retry_after;
  if (result.ok()) retry_after = ParseRetryAfter(result->response.headers.Get("Retry-After"), now);
  const absl::Duration delay = RetryDelay(policy_, attempt, retry_after);
  // A wait that ends after the deadline helps nobody; the answer at hand says more than "deadline exceeded".
  if (now + delay >= deadline) return std::nullopt;
  return delay;
}

absl::StatusOr<ExchangeResult> Exchange::FollowRedirects(net::HttpRequest request) const {
  const std::string named_by_user = request.url.host();
  const net::DialScope user_scope = request.dial_scope;
  net::DialScope named_scope = net::DialScope::kAnything;
  std::set<std::string> visited;
  for (int hop = 0; hop <= limits::kMaxRedirects; ++hop) {
    if (!visited.insert(request.url.ToString()).second)
      return NotFollowed(request.url, "it leads in a circle");
    ASSIGN_OR_RETURN(net::HttpResponse response, PerformOnce(request));
    named_scope = Narrower(named_scope, ScopeOf(response, request.url));
    if (!IsRedirect(request, response)) return ExchangeResult{std::move(response), request.url, named_scope};
    ASSIGN_OR_RETURN(const net::Url next, request.url.Resolve(response.headers.Get("Location")));
    RETURN_IF_ERROR(net::CheckNamedByServer(request.url, next, named_scope, "redirect"));
    if (!next.SameOrigin(request.url)) {
      request.headers.Remove("Authorization");
      request.headers.Remove("Cookie");
    }
    request.dial_scope = next.host() == named_by_user ? user_scope : named_scope;
    request.url = next;
  }
  return NotFollowed(request.url, Cat("more than ", limits::kMaxRedirects, " redirects"));
}

}  // namespace chartseal::oci
