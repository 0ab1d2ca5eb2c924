#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace chartseal::oci {

// When to ask again (spec/helm-oci-kubernetes.md §3.5).
struct RetryPolicy {
  int attempts = 5;  // in all, the first included
  absl::Duration first_delay = absl::Milliseconds(250);
  absl::Duration longest_delay = absl::Seconds(8);
  // A longer Retry-After counts as this long.
  absl::Duration longest_retry_after = absl::Seconds(60);
  // Uniform in [0, 1); for tests. Empty means a random generator. Must be callable from several threads.
  std::function<double()> random;
};

// 408, 429, 499, 500, 502, 503, 504, 522.
bool IsRetriableStatus(int http_status);

// Whether the exchange failed in a way that another attempt may mend: the connection, not TLS or a limit.
bool IsRetriableError(const absl::Status& status);

// The delay that a Retry-After value asks for, seconds or an HTTP date; nullopt when it cannot be read.
std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time now);

// How long to wait before attempt number `attempt` + 1 (attempt counts from 1): doubling with up to half of
// it taken off at random, or what the server asked for when that is longer.
absl::Duration RetryDelay(const RetryPolicy& policy, int attempt, std::optional<absl::Duration> retry_after);

}  // namespace chartseal::oci
