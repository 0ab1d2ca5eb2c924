#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/verification/minted.h"
#include "tests/webhook/gated_source.h"
#include "webhook/caching_image_verifier.h"

namespace chartseal::webhook {

inline absl::Status Unreachable() {
  return WithReason(absl::UnavailableError("GET /v2/: connection refused"), Reason::kUnreachable);
}

// One source for each first pull secret.
class SourcesBySecret : public SourceProvider {
 public:
  std::map<std::string, std::shared_ptr<GatedSource>> sources;
  absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> For(const PullContext& context, absl::Time) override {
    ++asked;
    return sources.at(context.secrets.empty() ? "" : context.secrets[0]);
  }
  std::atomic<int> asked = 0;
};

inline policy::Requirement SignedByOther() {
  policy::Requirement requirement = verification::SignedByWorkflow();
  requirement.authorities = {
      verification::KeylessAuthority("other", verification::IdentityOf("https://other.test"))};
  return requirement;
}

// A snapshot of policies, named and fingerprinted by their position and `generation`.
inline std::shared_ptr<const PolicySnapshot> Snapshot(const std::vector<policy::Requirement>& requirements,
                                                      std::string_view generation = "1") {
  auto snapshot = std::make_shared<PolicySnapshot>();
  for (const policy::Requirement& requirement : requirements) {
    policy::Policy policy;
    policy.name = Cat("p", snapshot->policies.policies.size());
    policy.fingerprint = Cat(policy.name, " of ", generation);
    policy.requirement = requirement;
    snapshot->policies.policies.push_back(std::move(policy));
  }
  snapshot->root =
      std::shared_ptr<const sigstore::TrustedRoot>(&verification::TestRoot(), [](const auto*) {});
  snapshot->root_fingerprint = "test root";
  return snapshot;
}

using Outcome = absl::StatusOr<ImageOutcome>;

class CachingImageVerifierTest : public testing::Test {
 protected:
  CachingImageVerifierTest() { sources_->sources[""] = source_; }
  ~CachingImageVerifierTest() override { source_->Open(); }

  ImageQuery Query(const std::string& text, const std::shared_ptr<const PolicySnapshot>& snapshot,
                   const std::string& secret = "") const {
    ImageQuery query{oci::Reference::Parse(text).value(), {}, snapshot, nullptr};
    for (const policy::Policy& policy : snapshot->policies.policies) query.policies.push_back(&policy);
    PullContext pull;
    if (!secret.empty()) pull.secrets = {secret};
    query.pull = std::make_shared<const PullContext>(pull);
    return query;
  }
  ImageQuery ByDigest(const std::shared_ptr<const PolicySnapshot>& snapshot,
                      const std::string& secret = "") const {
    return Query("registry.test/acme/app@" + image_.ToString(), snapshot, secret);
  }
  Outcome Verify(const ImageQuery& query, absl::Duration time = absl::Seconds(20)) {
    auto outcomes = verifier_->VerifyAll({query}, absl::Now() + time);
    EXPECT_EQ(outcomes.size(), 1u);
    return std::move(outcomes.front());
  }
  std::vector<std::string> asked() const { return source_->memory.asked(); }
  void MakeVerifier(CachingImageVerifier::Options options) {
    verifier_ = std::make_unique<CachingImageVerifier>(
        sources_, [this] { return now_.load(); }, options);
  }
  void Wait(absl::Duration time) { now_ = now_.load() + time; }

  static bool IsYes(const Outcome& outcome, size_t policy = 0) {
    return outcome.ok() && outcome->conclusions[policy].ok() && (*outcome->conclusions[policy])->accepted;
  }
  static Reason ReasonFor(const Outcome& outcome, size_t policy = 0) {
    if (!outcome.ok()) return ReasonOf(outcome.status());
    const auto& conclusion = outcome->conclusions[policy];
    return conclusion.ok() ? (*conclusion)->reason : ReasonOf(conclusion.status());
  }

  const std::shared_ptr<GatedSource> source_ = std::make_shared<GatedSource>();
  const crypto::Digest image_ = source_->memory.PutImage("app");
  const std::shared_ptr<SourcesBySecret> sources_ = std::make_shared<SourcesBySecret>();
  const std::shared_ptr<const PolicySnapshot> signed_ = Snapshot({verification::SignedByWorkflow()});
  std::atomic<absl::Time> now_ = absl::FromUnixSeconds(1'800'000'000);
  std::unique_ptr<CachingImageVerifier> verifier_ =
      std::make_unique<CachingImageVerifier>(sources_, [this] { return now_.load(); });
};

}  // namespace chartseal::webhook
