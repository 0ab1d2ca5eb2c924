#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "verifier/base/limits.h"
#include "verifier/net/clock.h"
#include "webhook/decision_cache.h"
#include "webhook/evidence_cache.h"
#include "webhook/flights.h"
#include "webhook/host_workers.h"
#include "webhook/image_verifier.h"

namespace chartseal::webhook {

// The way of an image that memory has no answer for (spec/design.md §6): resolve its tag, afresh each time;
// ask memory by digest; judge kept evidence; else fetch, together with whoever fetches the same. Only yes and
// no are remembered: after an outage there is nothing to wait out.
class CachingImageVerifier : public ImageVerifier {
 public:
  struct Options {
    size_t max_decisions = limits::kMaxCachedDecisions;
    size_t max_decision_bytes = limits::kMaxCachedDecisionBytes;
    size_t max_evidence_bytes = limits::kMaxKeptEvidenceBytes;
    int workers = limits::kMaxVerifyWorkers;
    int workers_for_host = limits::kMaxFlightsPerHost;
    size_t max_waiting = limits::kMaxFlights;
  };

  CachingImageVerifier(std::shared_ptr<SourceProvider> sources, net::Clock clock, const Options& options);
  CachingImageVerifier(std::shared_ptr<SourceProvider> sources, net::Clock clock)
      : CachingImageVerifier(std::move(sources), std::move(clock), Options()) {}
  // Waits for the requests to registries that are under way, and begins no more.
  ~CachingImageVerifier() override;

  std::optional<ImageOutcome> Recall(const ImageQuery& query, absl::Time now) override;
  std::vector<absl::StatusOr<ImageOutcome>> VerifyAll(const std::vector<ImageQuery>& queries,
                                                      absl::Time deadline) override;

  // What is kept about this digest, decoded: for records of decisions that were remembered. Null when nothing
  // is.
  std::shared_ptr<const verification::Evidence> Kept(const oci::Reference& repository,
                                                     const crypto::Digest& digest);

  // The threads that wait for registries, for others who do: charts are fetched by them too, so that one
  // registry gets no more than its share of either. Live as long as this.
  HostWorkers& workers() { return workers_; }

  CacheStats decision_stats() const { return decisions_.stats(); }
  CacheStats evidence_stats() const { return evidence_.stats(); }
  size_t flights() const { return flights_.size(); }

 private:
  class Batch;
  class Lookup;

  // What memory knows of a digest whose evidence could not be had, and `failure` for the other policies.
  absl::StatusOr<ImageOutcome> WithRemembered(const ImageQuery& query, const absl::Status& failure);

  const std::shared_ptr<SourceProvider> sources_;
  const net::Clock clock_;
  const int workers_for_host_;
  const std::shared_ptr<std::atomic<bool>> closing_;
  DecisionCache decisions_;
  EvidenceCache evidence_;
  Flights flights_;
  HostWorkers workers_;  // last: its threads use the others
};

}  // namespace chartseal::webhook
