#include "webhook/caching_image_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "tests/verification/minted.h"
#include "tests/webhook/gated_source.h"
#include "verifier/base/limits.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using verification::AttestedByWorkflow;
using verification::MintSignature;
using verification::SignedByWorkflow;

absl::Status Unreachable() {
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

policy::Requirement SignedByOther() {
  policy::Requirement requirement = SignedByWorkflow();
  requirement.authorities = {
      verification::KeylessAuthority("other", verification::IdentityOf("https://other.test"))};
  return requirement;
}

// A snapshot of policies, named and fingerprinted by their position and `generation`.
std::shared_ptr<const PolicySnapshot> Snapshot(const std::vector<policy::Requirement>& requirements,
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
    EXPECT_THAT(outcomes, SizeIs(1));
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
  const std::shared_ptr<const PolicySnapshot> signed_ = Snapshot({SignedByWorkflow()});
  std::atomic<absl::Time> now_ = absl::FromUnixSeconds(1'800'000'000);
  std::unique_ptr<CachingImageVerifier> verifier_ =
      std::make_unique<CachingImageVerifier>(sources_, [this] { return now_.load(); });
};

// -- Memory.

TEST_F(CachingImageVerifierTest, AVerifiedDigestIsRecalledWithoutAskingAnybody) {
  source_->memory.AttachBundle(MintSignature(image_));
  const ImageQuery query = ByDigest(signed_);
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  const Outcome first = Verify(query);
  ASSERT_TRUE(IsYes(first)) << first.status();
  EXPECT_FALSE(first->remembered);
  EXPECT_NE(first->evidence, nullptr);
  const size_t requests = asked().size();
  const int sources = sources_->asked;
  const auto recalled = verifier_->Recall(query, now_);
  ASSERT_TRUE(recalled.has_value());
  EXPECT_TRUE(recalled->remembered);
  EXPECT_EQ(recalled->digest, image_);
  EXPECT_EQ(recalled->conclusions[0], first->conclusions[0]) << "shared, not copied";
  EXPECT_EQ((*recalled->conclusions[0])->signer, verification::kIdentity);
  EXPECT_EQ((*recalled->conclusions[0])->authority, "release");
  EXPECT_EQ((*recalled->conclusions[0])->layout, "bundle");
  EXPECT_TRUE((*recalled->conclusions[0])->log_index.has_value());
  EXPECT_EQ(asked().size(), requests);
  EXPECT_EQ(sources_->asked, sources);
  EXPECT_EQ(verifier_->decision_stats().hits, 1u);
  EXPECT_EQ(verifier_->decision_stats().misses, 1u);
}

TEST_F(CachingImageVerifierTest, ATagIsNeverRecalledAndIsResolvedEachTime) {
  source_->memory.Tag("v1", image_);
  source_->memory.AttachBundle(MintSignature(image_));
  const ImageQuery query = Query("registry.test/acme/app:v1", signed_);
  ASSERT_TRUE(IsYes(Verify(query)));
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  const Outcome again = Verify(query);
  EXPECT_TRUE(IsYes(again));
  EXPECT_TRUE(again->remembered);
  EXPECT_EQ(source_->memory.Count("resolve v1"), 2u);
  EXPECT_EQ(source_->memory.Count("referrers"), 1u) << "what it points to is known";
}

TEST_F(CachingImageVerifierTest, ATagThatMovedIsDecidedAfresh) {
  source_->memory.Tag("v1", image_);
  source_->memory.AttachBundle(MintSignature(image_));
  const ImageQuery query = Query("registry.test/acme/app:v1", signed_);
  ASSERT_TRUE(IsYes(Verify(query)));
  const crypto::Digest other = source_->memory.PutImage("not signed");
  source_->memory.Tag("v1", other);
  const Outcome moved = Verify(query);
  EXPECT_EQ(moved->digest, other);
  EXPECT_EQ(ReasonFor(moved), Reason::kSubjectDigestMismatch);
}

TEST_F(CachingImageVerifierTest, ANoIsRecalledForAShortTimeAndThenAskedAgain) {
  const ImageQuery query = ByDigest(signed_);
  EXPECT_EQ(ReasonFor(Verify(query)), Reason::kNoSignature);
  EXPECT_TRUE(verifier_->Recall(query, now_).has_value());
  source_->memory.AttachBundle(MintSignature(image_));  // signed meanwhile
  Wait(limits::kNoLifetime);
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  EXPECT_TRUE(IsYes(Verify(query))) << "kept evidence that says no is not believed when it is old";
}

TEST_F(CachingImageVerifierTest, AYesIsAskedAgainWhenItsTimeIsOver) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  Wait(limits::kYesLifetime);
  EXPECT_FALSE(verifier_->Recall(ByDigest(signed_), now_).has_value());
  EXPECT_TRUE(IsYes(Verify(ByDigest(signed_))));
  EXPECT_EQ(source_->memory.Count("referrers"), 2u);
}

TEST_F(CachingImageVerifierTest, AnotherRepositoryWithTheSameDigestIsAskedItself) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  const ImageQuery other = Query("registry.test/acme/copy@" + image_.ToString(), signed_);
  EXPECT_FALSE(verifier_->Recall(other, now_).has_value());
  EXPECT_TRUE(Verify(other).ok());
  EXPECT_EQ(source_->memory.Count("referrers"), 2u);
}

// -- Outages.

TEST_F(CachingImageVerifierTest, AnOutageLeavesNoTrace) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->FailAll(Unreachable());
  const ImageQuery query = ByDigest(signed_);
  EXPECT_EQ(ReasonFor(Verify(query)), Reason::kUnreachable);
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
  EXPECT_EQ(verifier_->evidence_stats().entries, 0u);
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  source_->FailAll(absl::OkStatus());
  EXPECT_TRUE(IsYes(Verify(query))) << "the first request after it, without any time passing";
}

TEST_F(CachingImageVerifierTest, KnownDigestsOutliveAnOutage) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  source_->FailAll(Unreachable());
  Wait(absl::Minutes(59));
  EXPECT_TRUE(verifier_->Recall(ByDigest(signed_), now_).has_value());
}

TEST_F(CachingImageVerifierTest, EvidenceThatIsHalfThereIsNotRemembered) {
  source_->memory.Fail("tag " + oci::DigestTag(image_, ".sig"), Unreachable());
  EXPECT_EQ(ReasonFor(Verify(ByDigest(signed_))), Reason::kUnreachable);
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
  EXPECT_EQ(verifier_->evidence_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, AYesIsRememberedThoughSomethingElseWasMissing) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->memory.Fail("tag " + oci::DigestTag(image_, ".sig"), Unreachable());
  EXPECT_TRUE(IsYes(Verify(ByDigest(signed_))));
  EXPECT_TRUE(verifier_->Recall(ByDigest(signed_), now_).has_value());
  EXPECT_EQ(verifier_->evidence_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, AnImageThatDoesNotExistIsCouldNotTellAndNotRemembered) {
  const auto query =
      Query("registry.test/acme/app@" + crypto::Digest::Sha256Of("nowhere").ToString(), signed_);
  EXPECT_EQ(ReasonFor(Verify(query)), Reason::kNotFound);
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, ATagThatCannotBeResolvedIsAnErrorAsAWhole) {
  source_->FailAll(Unreachable());
  const Outcome outcome = Verify(Query("registry.test/acme/app:v1", signed_));
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(ReasonOf(outcome.status()), Reason::kUnreachable);
}

// -- Policies.

TEST_F(CachingImageVerifierTest, AChangedPolicyIsJudgedFromKeptEvidenceWithoutARequest) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  const size_t requests = asked().size();
  const auto changed = Snapshot({SignedByWorkflow(), SignedByOther()}, "2");
  EXPECT_FALSE(verifier_->Recall(ByDigest(changed), now_).has_value());
  const Outcome outcome = Verify(ByDigest(changed));
  EXPECT_TRUE(IsYes(outcome, 0));
  EXPECT_EQ(ReasonFor(outcome, 1), Reason::kIdentityMismatch);
  EXPECT_TRUE(outcome->remembered);
  EXPECT_EQ(asked().size(), requests);
}

TEST_F(CachingImageVerifierTest, AChangedPolicyIsNotRefusedOnOldEvidence) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  Wait(limits::kNoLifetime);
  const auto changed = Snapshot({SignedByOther()}, "2");
  EXPECT_EQ(ReasonFor(Verify(ByDigest(changed))), Reason::kIdentityMismatch);
  EXPECT_EQ(source_->memory.Count("referrers"), 2u);
  const auto again = Snapshot({SignedByWorkflow()}, "3");
  EXPECT_TRUE(IsYes(Verify(ByDigest(again))));
  EXPECT_EQ(source_->memory.Count("referrers"), 2u) << "a yes counts";
}

TEST_F(CachingImageVerifierTest, KeptEvidenceIsNotEnoughForWhatWasNotLookedFor) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  EXPECT_EQ(source_->memory.Count("tag " + oci::DigestTag(image_, ".att")), 0u);
  EXPECT_TRUE(Verify(ByDigest(Snapshot({AttestedByWorkflow()}, "2"))).ok());
  EXPECT_EQ(source_->memory.Count("tag " + oci::DigestTag(image_, ".att")), 1u);
}

TEST_F(CachingImageVerifierTest, AnotherTrustedRootIsAnotherQuestion) {
  source_->memory.AttachBundle(MintSignature(image_));
  ASSERT_TRUE(IsYes(Verify(ByDigest(signed_))));
  PolicySnapshot copy = *signed_;
  copy.root = std::shared_ptr<const sigstore::TrustedRoot>(&sigstore::PublicGoodRoot(), [](const auto*) {});
  copy.root_fingerprint = "public good";
  const auto query = ByDigest(std::make_shared<const PolicySnapshot>(copy));
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  EXPECT_FALSE(IsYes(Verify(query)));
}

TEST_F(CachingImageVerifierTest, APolicyWithoutFingerprintIsVerifiedEachTime) {
  source_->memory.AttachBundle(MintSignature(image_));
  PolicySnapshot copy = *signed_;
  copy.policies.policies[0].fingerprint = "";
  const auto query = ByDigest(std::make_shared<const PolicySnapshot>(copy));
  EXPECT_TRUE(IsYes(Verify(query)));
  EXPECT_FALSE(verifier_->Recall(query, now_).has_value());
  EXPECT_EQ(verifier_->decision_stats().entries, 0u);
}

TEST_F(CachingImageVerifierTest, APolicyThatCannotBeHonouredIsANoWithoutARequest) {
  PolicySnapshot copy = *signed_;
  copy.policies.policies[0].not_honoured = Rejection{Reason::kPolicyNotHonoured, "the policy asks for CUE",
                                                     "keys or identities", "policy.type: cue"};
  const auto query = Query("registry.test/acme/app:v1", std::make_shared<const PolicySnapshot>(copy));
  const auto recalled = verifier_->Recall(query, now_);
  ASSERT_TRUE(recalled.has_value());
  ASSERT_TRUE(recalled->conclusions[0].ok());
  EXPECT_FALSE((*recalled->conclusions[0])->accepted);
  EXPECT_EQ((*recalled->conclusions[0])->reason, Reason::kPolicyNotHonoured);
  EXPECT_EQ((*recalled->conclusions[0])->refusal->detail, "the policy asks for CUE");
  EXPECT_EQ(recalled->digest, std::nullopt);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CachingImageVerifierTest, AnHonouredPolicyBesideItIsStillVerified) {
  source_->memory.AttachBundle(MintSignature(image_));
  PolicySnapshot copy = *Snapshot({SignedByWorkflow(), SignedByWorkflow()});
  copy.policies.policies[0].not_honoured = Rejection{Reason::kPolicyNotHonoured, "", "", ""};
  const Outcome outcome = Verify(ByDigest(std::make_shared<const PolicySnapshot>(copy)));
  EXPECT_EQ(ReasonFor(outcome, 0), Reason::kPolicyNotHonoured);
  EXPECT_TRUE(IsYes(outcome, 1));
}

// -- Sharing a fetch.

class Callers {
 public:
  ~Callers() { Join(); }
  void Add(std::function<Outcome()> ask) {
    threads_.emplace_back([this, ask = std::move(ask)] {
      Outcome outcome = ask();
      const std::lock_guard lock(mutex_);
      outcomes_.push_back(std::move(outcome));
    });
  }
  std::vector<Outcome> Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return outcomes_;
  }

 private:
  std::mutex mutex_;
  std::vector<Outcome> outcomes_;
  std::vector<std::thread> threads_;
};

// Waits for a condition that other threads bring about.
bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

TEST_F(CachingImageVerifierTest, ConcurrentMissesShareOneFetch) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->Close();
  Callers callers;
  for (int i = 0; i < 16; ++i) callers.Add([this] { return Verify(ByDigest(signed_)); });
  ASSERT_TRUE(source_->AwaitWaiting(2));  // referrers and tag of one flight
  ASSERT_TRUE(Eventually([&] { return sources_->asked == 16; }));
  EXPECT_EQ(verifier_->flights(), 1u);
  EXPECT_EQ(source_->waiting(), 2);
  source_->Open();
  for (const Outcome& outcome : callers.Join()) EXPECT_TRUE(IsYes(outcome)) << outcome.status();
  EXPECT_EQ(source_->memory.Count("referrers"), 1u);
  EXPECT_EQ(source_->memory.Count("blob "), 1u);
}

TEST_F(CachingImageVerifierTest, WaitersWithOtherPoliciesAreJudgedEachByTheirOwn) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->Close();
  const auto other = Snapshot({SignedByOther()}, "other");
  Outcome by_workflow = absl::UnknownError(""), by_other = absl::UnknownError("");
  std::thread first([&] { by_workflow = Verify(ByDigest(signed_)); });
  std::thread second([&] { by_other = Verify(ByDigest(other)); });
  ASSERT_TRUE(Eventually([&] { return sources_->asked == 2; }));
  source_->Open();
  first.join();
  second.join();
  EXPECT_TRUE(IsYes(by_workflow));
  EXPECT_EQ(ReasonFor(by_other), Reason::kIdentityMismatch);
  EXPECT_EQ(source_->memory.Count("referrers"), 1u);
}

TEST_F(CachingImageVerifierTest, AWaiterLeavesAtItsDeadlineNamingTheStepWhileTheFlightGoesOn) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->Close();
  const absl::Time begin = absl::Now();
  const Outcome left = Verify(ByDigest(signed_), absl::Milliseconds(200));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
  EXPECT_EQ(ReasonFor(left), Reason::kDeadlineExceeded);
  EXPECT_THAT(
      Message(left.status()),
      AllOf(HasSubstr("registry.test: "), HasSubstr(" took too long"),
            testing::AnyOf(HasSubstr("listing referrers of registry.test/acme/app@" + image_.ToString()),
                           HasSubstr("fetching signatures of registry.test/acme/app:sha256-"))));
  EXPECT_EQ(verifier_->flights(), 1u);
  source_->Open();
  EXPECT_TRUE(Eventually([&] { return verifier_->Recall(ByDigest(signed_), now_).has_value(); }))
      << "the answer is there for the next";
  EXPECT_EQ(source_->memory.Count("referrers"), 1u);
}

TEST_F(CachingImageVerifierTest, AFlightThatHangsIsNotJoinedForEver) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->Close();
  EXPECT_FALSE(Verify(ByDigest(signed_), absl::Milliseconds(50)).ok());
  EXPECT_FALSE(Verify(ByDigest(signed_), absl::Milliseconds(50)).ok());
  EXPECT_EQ(source_->waiting(), 2) << "referrers and tag, once";
  Wait(limits::kDefaultReviewTimeout / 2);
  EXPECT_FALSE(Verify(ByDigest(signed_), absl::Milliseconds(50)).ok());
  EXPECT_EQ(source_->waiting(), 4);
  source_->Open();
  EXPECT_TRUE(IsYes(Verify(ByDigest(signed_))));
  EXPECT_TRUE(Eventually([&] { return verifier_->flights() == 0; }));
}

TEST_F(CachingImageVerifierTest, ATagThatIsNotResolvedInTimeSaysSo) {
  source_->Close();
  const Outcome left = Verify(Query("registry.test/acme/app:v1", signed_), absl::Milliseconds(100));
  EXPECT_EQ(ReasonFor(left), Reason::kDeadlineExceeded);
  EXPECT_THAT(Message(left.status()),
              HasSubstr("resolving the tag of registry.test/acme/app:v1 took too long"));
}

TEST_F(CachingImageVerifierTest, WhatFailsForTheFirstFailsForThoseWhoWaitedAndForNobodyElse) {
  source_->memory.AttachBundle(MintSignature(image_));
  source_->Close();
  source_->FailAll(Unreachable());
  Callers callers;
  for (int i = 0; i < 4; ++i) callers.Add([this] { return Verify(ByDigest(signed_)); });
  ASSERT_TRUE(Eventually([&] { return sources_->asked == 4; }));
  source_->Open();
  for (const Outcome& outcome : callers.Join()) EXPECT_EQ(ReasonFor(outcome), Reason::kUnreachable);
  source_->FailAll(absl::OkStatus());
  EXPECT_TRUE(IsYes(Verify(ByDigest(signed_))));
}

TEST_F(CachingImageVerifierTest, WhatFailedForSomeCredentialsIsNotSharedWithOthers) {
  auto poor = std::make_shared<GatedSource>();
  poor->memory.PutImage("app");
  poor->FailAll(WithReason(absl::PermissionDeniedError("401"), Reason::kUnauthorized));
  sources_->sources["poor"] = poor;
  source_->memory.AttachBundle(MintSignature(image_));
  source_->Close();
  poor->Close();
  Outcome without = absl::UnknownError(""), with = absl::UnknownError("");
  std::thread first([&] { without = Verify(ByDigest(signed_, "poor")); });
  ASSERT_TRUE(poor->AwaitWaiting(1));
  std::thread second([&] { with = Verify(ByDigest(signed_)); });
  ASSERT_TRUE(source_->AwaitWaiting(1));
  EXPECT_EQ(verifier_->flights(), 2u);
  poor->Open();
  first.join();
  source_->Open();
  second.join();
  EXPECT_EQ(ReasonFor(without), Reason::kUnauthorized);
  EXPECT_TRUE(IsYes(with));
}

// -- Many at once.

TEST_F(CachingImageVerifierTest, OneStalledRegistryLeavesWorkersToOthersAndIsNamed) {
  MakeVerifier({.workers = 3, .workers_for_host = 2, .max_waiting = 100});
  auto stalled = std::make_shared<GatedSource>();
  stalled->Close();
  sources_->sources["stalled"] = stalled;
  source_->memory.AttachBundle(MintSignature(image_));
  Callers callers;
  for (int i = 0; i < 6; ++i) {
    const auto query =
        Query(Cat("stalled.test/app@", crypto::Digest::Sha256Of(Cat(i)).ToString()), signed_, "stalled");
    callers.Add([this, query] { return Verify(query, absl::Milliseconds(600)); });
  }
  ASSERT_TRUE(stalled->AwaitWaiting(4));  // two flights with two requests each
  EXPECT_TRUE(IsYes(Verify(ByDigest(signed_))));
  int overloaded = 0, late = 0;
  for (const Outcome& outcome : callers.Join()) {
    EXPECT_THAT(Message(outcome.status()), HasSubstr("stalled.test: "));
    overloaded += ReasonFor(outcome) == Reason::kOverloaded;
    late += ReasonFor(outcome) == Reason::kDeadlineExceeded;
  }
  EXPECT_EQ(overloaded, 4);
  EXPECT_EQ(late, 2);
  stalled->Open();
}

TEST_F(CachingImageVerifierTest, WhatDoesNotFitIntoTheQueueIsTurnedAwayAtOnce) {
  MakeVerifier({.workers = 1, .workers_for_host = 1, .max_waiting = 2});
  source_->Close();
  Callers callers;
  callers.Add([this] { return Verify(ByDigest(signed_), absl::Seconds(2)); });
  ASSERT_TRUE(source_->AwaitWaiting(1));
  const auto other = [&](int i) {
    return Query(Cat("registry.test/acme/app@", crypto::Digest::Sha256Of(Cat(i)).ToString()), signed_);
  };
  const absl::Time begin = absl::Now();
  const auto outcomes =
      verifier_->VerifyAll({other(1), other(2), other(3)}, absl::Now() + absl::Milliseconds(300));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  EXPECT_THAT(Message(outcomes[0].status()),
              HasSubstr("registry.test: too many verifications were under way to begin this one"));
  EXPECT_THAT(Message(outcomes[2].status()),
              HasSubstr("registry.test: too many verifications wait for registries"));
  for (const Outcome& outcome : outcomes) EXPECT_EQ(ReasonFor(outcome), Reason::kOverloaded);
  source_->Open();
}

TEST_F(CachingImageVerifierTest, ImagesOfOneRequestAreVerifiedSideBySideUpToABound) {
  source_->Close();
  std::vector<ImageQuery> queries;
  for (int i = 0; i < 24; ++i) {
    queries.push_back(Query(Cat("registry.test/acme/i", i, ":v1"), signed_));
  }
  std::thread caller([&] { verifier_->VerifyAll(queries, absl::Now() + absl::Seconds(20)); });
  EXPECT_TRUE(source_->AwaitWaiting(limits::kMaxImagesAtOnce));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(source_->waiting(), limits::kMaxImagesAtOnce);
  source_->Open();
  caller.join();
  EXPECT_EQ(source_->memory.Count("resolve v1"), 24u);
}

TEST_F(CachingImageVerifierTest, OutcomesComeInTheOrderOfTheQueries) {
  source_->memory.AttachBundle(MintSignature(image_));
  const crypto::Digest other = source_->memory.PutImage("other");
  const auto outcomes =
      verifier_->VerifyAll({Query("registry.test/acme/app@" + other.ToString(), signed_), ByDigest(signed_)},
                           absl::Now() + absl::Seconds(20));
  EXPECT_EQ(outcomes[0]->digest, other);
  EXPECT_EQ(outcomes[1]->digest, image_);
  EXPECT_FALSE(IsYes(outcomes[0]));
  EXPECT_TRUE(IsYes(outcomes[1]));
}

TEST_F(CachingImageVerifierTest, EndsWhileAFlightIsUnderWay) {
  source_->Close();
  EXPECT_FALSE(Verify(ByDigest(signed_), absl::Milliseconds(50)).ok());
  std::thread ending([&] { verifier_.reset(); });
  absl::SleepFor(absl::Milliseconds(50));
  source_->Open();
  ending.join();
  EXPECT_EQ(source_->memory.Count("manifest "), 0u) << "what comes after the request under way is not asked";
}

}  // namespace
}  // namespace chartseal::webhook
