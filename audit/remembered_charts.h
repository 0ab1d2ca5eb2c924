#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::audit {

// Charts that were pulled are kept for the releases of the same chart, by digest, while they fit into
// limits::kMaxKeptChartBytes; who asks for one that is being pulled waits for it. What policies say is asked
// each time. Thread-safe.
class RememberedCharts : public verification::SignedCharts {
 public:
  // `inner` is borrowed and must outlive this.
  explicit RememberedCharts(verification::SignedCharts& inner) : inner_(inner) {}

  absl::StatusOr<verification::SignedChart> Ask(const oci::Reference& reference,
                                                const std::vector<const policy::Policy*>& policies,
                                                absl::Time deadline) override {
    return inner_.Ask(reference, policies, deadline);
  }
  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                    absl::Time deadline) override {
    return inner_.ListTags(repository, deadline);
  }
  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                           const crypto::Digest& digest,
                                                           absl::Time deadline) override;

 private:
  std::shared_ptr<const chart::Chart> KeptOrBegin(const std::string& name, absl::Time deadline);
  void End(const std::string& name, const absl::StatusOr<std::shared_ptr<const chart::Chart>>& pulled);

  verification::SignedCharts& inner_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::set<std::string> under_way_;
  std::map<std::string, std::shared_ptr<const chart::Chart>> kept_;  // by repository and digest
  size_t bytes_ = 0;                                                 // of all that are kept, unpacked
};

}  // namespace chartseal::audit
