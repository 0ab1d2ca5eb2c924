#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::verification {

// What a test says that registries hold, and what policies say of it. Thread-safe once it is filled.
class FakeCharts : public SignedCharts {
 public:
  struct Entry {
    std::shared_ptr<const chart::Chart> chart;
    std::set<std::string> refused_by;  // names of policies that say no
    std::set<std::string> untold_by;   // names of policies that cannot tell
    std::optional<std::string> fingerprint;
    bool stated = false;
    std::shared_ptr<const Evidence> evidence;
    absl::Status pull;
  };

  // "ghcr.io/acme/charts/app:1.2.3".
  Entry& At(const std::string& reference) { return entries_[reference]; }
  // What asking for it brings instead of an answer; OK: an answer again.
  void Fail(const std::string& reference, absl::Status status) {
    failures_.erase(reference);
    if (!status.ok()) failures_[reference] = std::move(status);
  }

  // The references that were asked for, sorted.
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return {asked_.begin(), asked_.end()};
  }
  int pulls() const {
    const std::lock_guard lock(mutex_);
    return pulls_;
  }

  static crypto::Digest DigestOf(const std::string& reference) { return crypto::Digest::Sha256Of(reference); }

  absl::StatusOr<SignedChart> Ask(const oci::Reference& reference,
                                  const std::vector<const policy::Policy*>& policies, absl::Time) override {
    const std::string name = reference.ToString();
    {
      const std::lock_guard lock(mutex_);
      asked_.insert(name);
    }
    if (const auto failure = failures_.find(name); failure != failures_.end()) return failure->second;
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      return WithReason(absl::NotFoundError(Cat(name, ": no such tag")), Reason::kNotFound);
    }
    const Entry& entry = found->second;
    SignedChart chart{.digest = DigestOf(name), .conclusions = {}, .fingerprint = entry.fingerprint};
    chart.stated = entry.stated;
    chart.evidence = entry.evidence;
    for (const policy::Policy* policy : policies) chart.conclusions.push_back(Conclude(entry, policy->name));
    return chart;
  }

  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                           const crypto::Digest& digest,
                                                           absl::Time) override {
    {
      const std::lock_guard lock(mutex_);
      ++pulls_;
    }
    for (const auto& [reference, entry] : entries_) {
      if (DigestOf(reference) != digest || !reference.starts_with(repository.Name())) continue;
      RETURN_IF_ERROR(entry.pull);
      return entry.chart;
    }
    return WithReason(absl::NotFoundError("no such manifest"), Reason::kNotFound);
  }

 private:
  static absl::StatusOr<std::shared_ptr<const Conclusion>> Conclude(const Entry& entry,
                                                                    const std::string& policy) {
    if (entry.untold_by.contains(policy)) {
      return WithReason(absl::UnavailableError("registry.test: gone"), Reason::kUnreachable);
    }
    auto conclusion = std::make_shared<Conclusion>();
    conclusion->accepted = !entry.refused_by.contains(policy);
    if (!conclusion->accepted) {
      conclusion->reason = Reason::kIdentityMismatch;
      conclusion->refusal = std::make_shared<const Refusal>(Refusal{"by another", "us", "them", ""});
    }
    return std::shared_ptr<const Conclusion>(std::move(conclusion));
  }

  std::map<std::string, Entry> entries_;
  std::map<std::string, absl::Status> failures_;
  mutable std::mutex mutex_;
  std::set<std::string> asked_;
  int pulls_ = 0;
};

}  // namespace chartseal::verification
