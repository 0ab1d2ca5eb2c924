#include "verifier/oci/retry.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <random>
#include <string>

#include "absl/time/time.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

double RandomUnit() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

bool IsRetriableStatus(int http_status) {
  constexpr int kRetriable[] = {408, 429, 499, 500, 502, 503, 504, 522};
  return std::find(std::begin(kRetriable), std::end(kRetriable), http_status) != std::end(kRetriable);
}

bool IsRetriableError(const absl::Status& status) { return ReasonOf(status) == Reason::kUnreachable; }

std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time now) {
  uint32_t seconds = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, seconds);
  if (error == std::errc() && stop == end) return absl::Seconds(seconds);
  absl::Time date;
  std::string why;
  // RFC 9110 §5.6.7, the one form that may still be generated.
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", ToAbsl(value), &date, &why)) return std::nullopt;
  return std::max(date - now, absl::ZeroDuration());
}

absl::Duration RetryDelay(const RetryPolicy& policy, int attempt, std::optional<absl::Duration> retry_after) {
  const double random = policy.random ? policy.random() : RandomUnit();
  const absl::Duration doubled = policy.first_delay * std::ldexp(1.0, std::clamp(attempt - 1, 0, 30));
  const absl::Duration backoff = std::min(doubled, policy.longest_delay) * (1.0 - random / 2);
  if (!retry_after.has_value()) return backoff;
  return std::max(backoff, std::min(*retry_after, policy.longest_retry_after));
}

}  // namespace chartseal::oci
