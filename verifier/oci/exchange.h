#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/retry.h"

namespace chartseal::oci {

// Told of every answer; see RegistryOptions::on_request.
using RequestObserver = std::function<void(std::string_view method, std::string_view url, int status)>;

struct ExchangeRequest {
  net::HttpRequest http;  // its deadline bounds redirects, waits and retries together
  std::function<void()>
      on_attempt;     // called before each attempt, so that a sink can start over; may be empty
  bool retry = true;  // false for what must not be sent twice
};

struct ExchangeResult {
  net::HttpResponse response;
  net::Url url;                // where the answer came from, after redirects
  net::DialScope named_scope;  // how far names in this answer may lead
};

// Requests with redirects followed the careful way (spec/helm-oci-kubernetes.md §3.3): GET and HEAD only, at
// most limits::kMaxRedirects, no loops, never from https to http, never further inside than the servers so
// far stand, and without Authorization as soon as scheme, host or port differ. What fails in passing is asked
// again (§3.5). Thread-safe.
class Exchange {
 public:
  Exchange(std::shared_ptr<net::HttpClient> http, RetryPolicy policy, net::Clock clock, net::Sleeper sleeper,
           RequestObserver observer)
      : http_(std::move(http)),
        policy_(std::move(policy)),
        clock_(std::move(clock)),
        sleeper_(std::move(sleeper)),
        observer_(std::move(observer)) {}

  // `http.dial_scope` holds for the first URL and its host. An answer of any status is OK, one that retries
  // did not mend included. Errors as HttpClient::Perform, and PermissionDenied/kDialRefused or
  // FailedPrecondition/kRegistryError for a redirect that is not followed.
  absl::StatusOr<ExchangeResult> Perform(const ExchangeRequest& request) const;

  // Waits before attempt number `attempt` + 1 of something that its caller starts over; false when the
  // outcome stands.
  bool WaitToRetry(const absl::StatusOr<ExchangeResult>& outcome, int attempt, absl::Time deadline) const;

 private:
  absl::StatusOr<ExchangeResult> FollowRedirects(net::HttpRequest request) const;
  absl::StatusOr<net::HttpResponse> PerformOnce(const net::HttpRequest& request) const;
  // How long to wait before asking again; nullopt when the outcome stands.
  std::optional<absl::Duration> RetryIn(const absl::StatusOr<ExchangeResult>& result, int attempt,
                                        absl::Time deadline) const;

  std::shared_ptr<net::HttpClient> http_;
  RetryPolicy policy_;
  net::Clock clock_;
  net::Sleeper sleeper_;
  RequestObserver observer_;
};

}  // namespace chartseal::oci
