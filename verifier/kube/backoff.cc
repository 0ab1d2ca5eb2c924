#include "verifier/kube/backoff.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "verifier/base/limits.h"

namespace chartseal::kube {
namespace {

constexpr absl::Duration kFirst = absl::Seconds(1);

double RandomUnit() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

Backoff::Backoff(std::function<double()> jitter) : jitter_(jitter ? std::move(jitter) : RandomUnit) {}

absl::Duration Backoff::Next() {
  const absl::Duration doubled = kFirst * std::ldexp(1.0, std::min(failures_, 20));
  ++failures_;
  return std::min(doubled, limits::kKubeMaxBackoff) * (1.0 - jitter_() / 2);
}

}  // namespace chartseal::kube
