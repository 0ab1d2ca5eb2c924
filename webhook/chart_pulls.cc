#include "webhook/chart_pulls.h"

#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/verification/chart_pull.h"
#include "webhook/registry_waits.h"

namespace chartseal::webhook {
namespace {

constexpr size_t kFingerprintBytes = 80;  // 64 hex digits as malloc keeps them

CacheKey KeyOf(const crypto::Digest& digest) {
  return MakeCacheKey({crypto::Name(digest.algorithm()), digest.bytes()});
}

size_t BytesOf(const chart::File& file) {
  return sizeof(file) + file.name.capacity() + file.bytes.capacity();
}

size_t BytesOf(const std::optional<chart::File>& file) { return file.has_value() ? BytesOf(*file) : 0; }

}  // namespace

size_t BytesOf(const chart::Chart& chart) {
  // Chart.yaml and its lock once more, for what was read from them.
  size_t bytes = sizeof(chart) + 2 * BytesOf(chart.chart_yaml()) + 2 * BytesOf(chart.chart_lock()) +
                 BytesOf(chart.values()) + BytesOf(chart.schema());
  for (const chart::File& file : chart.templates()) bytes += BytesOf(file);
  for (const chart::File& file : chart.files()) bytes += BytesOf(file);
  for (const auto& subchart : chart.subcharts()) bytes += BytesOf(subchart.chart);
  return bytes;
}

// One pull. All but `begin` is guarded by ChartPulls::mutex_.
struct ChartPulls::Flight {
  const absl::Time begin;
  std::shared_ptr<const WatchedSource> watched;  // null before a thread has it, and credentials for it
  std::optional<absl::StatusOr<Chart>> result;
};

ChartPulls::ChartPulls(std::shared_ptr<SourceProvider> sources, net::Clock clock)
    : sources_(std::move(sources)),
      clock_(std::move(clock)),
      closing_(std::make_shared<std::atomic<bool>>(false)),
      charts_(limits::kMaxCachedDecisions, limits::kMaxKeptChartBytes),
      fingerprints_(limits::kMaxKeptFingerprints, limits::kMaxCachedDecisionBytes) {}

absl::StatusOr<ChartPulls::Chart> ChartPulls::Get(const PullContext& pull, const oci::Reference& repository,
                                                  const crypto::Digest& digest, HostWorkers& workers,
                                                  absl::Time deadline) {
  if (auto kept = charts_.Find(KeyOf(digest))) {
    charts_.CountHit();
    return *std::move(kept);
  }
  charts_.CountMiss();
  const Key key{repository.Name(), digest, pull};
  bool is_new = false;
  const std::shared_ptr<Flight> flight = Join(key, is_new);
  if (is_new) {
    const bool taken = workers.TrySubmit(
        repository.host(),
        [self = shared_from_this(), key, repository, flight] { self->Fly(key, repository, *flight); });
    if (!taken) Land(key, *flight, Overloaded(repository.host(), "too many fetches wait for registries"));
  }
  return Await(*flight, repository, deadline);
}

std::optional<std::string> ChartPulls::FingerprintOf(const crypto::Digest& digest) {
  auto found = fingerprints_.Find(KeyOf(digest));
  found.has_value() ? fingerprints_.CountHit() : fingerprints_.CountMiss();
  return found;
}

size_t ChartPulls::size() const {
  const std::lock_guard lock(mutex_);
  return flights_.size();
}

// As with evidence (webhook/flights.h): what began long ago may hang on a connection that is dead.
std::shared_ptr<ChartPulls::Flight> ChartPulls::Join(const Key& key, bool& is_new) {
  const absl::Time now = clock_();
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Flight>& flight = flights_[key];
  const absl::Duration age = flight == nullptr ? absl::InfiniteDuration() : now - flight->begin;
  is_new = age < absl::ZeroDuration() || age >= limits::kDefaultReviewTimeout / 2;
  if (is_new) flight = std::make_shared<Flight>(Flight{now, nullptr, std::nullopt});
  return flight;
}

void ChartPulls::Fly(const Key& key, const oci::Reference& repository, Flight& flight) {
  Land(key, flight, Fetch(key, repository, flight));
}

absl::StatusOr<ChartPulls::Chart> ChartPulls::Fetch(const Key& key, const oci::Reference& repository,
                                                    Flight& flight) {
  const absl::Time deadline = flight.begin + limits::kMaxFlightTime;
  ASSIGN_OR_RETURN(auto source, sources_->For(key.pull, deadline));
  const auto watched = std::make_shared<WatchedSource>(std::move(source), closing_);
  {
    const std::lock_guard lock(mutex_);
    flight.watched = watched;
  }
  ASSIGN_OR_RETURN(Chart chart, verification::PullChart(*watched, repository, key.digest, deadline));
  charts_.Put(KeyOf(key.digest), chart, BytesOf(*chart));
  fingerprints_.Put(KeyOf(key.digest), chart::ContentFingerprint(*chart), kFingerprintBytes);
  return chart;
}

void ChartPulls::Land(const Key& key, Flight& flight, absl::StatusOr<Chart> result) {
  const std::lock_guard lock(mutex_);
  flight.result = std::move(result);
  const auto found = flights_.find(key);
  if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
  landed_.notify_all();
}

absl::StatusOr<ChartPulls::Chart> ChartPulls::Await(const Flight& flight, const oci::Reference& repository,
                                                    absl::Time deadline) {
  std::unique_lock lock(mutex_);
  const auto until = absl::ToChronoTime(deadline);
  if (landed_.wait_until(lock, until, [&] { return flight.result.has_value(); })) return *flight.result;
  const auto watched = flight.watched;
  lock.unlock();
  const std::string step = watched == nullptr ? std::string() : watched->UnderWay();
  return TookTooLong(repository.host(), step.empty() ? "pulling the chart" : step);
}

}  // namespace chartseal::webhook
