#include "webhook/flights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "absl/time/clock.h"
#include "tests/webhook/verifier_fixture.h"
#include "verifier/base/limits.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using verification::MintSignature;

class FlightsTest : public CachingImageVerifierTest {};

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

TEST_F(FlightsTest, ConcurrentMissesShareOneFetch) {
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

TEST_F(FlightsTest, WaitersWithOtherPoliciesAreJudgedEachByTheirOwn) {
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

TEST_F(FlightsTest, AWaiterLeavesAtItsDeadlineNamingTheStepWhileTheFlightGoesOn) {
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

TEST_F(FlightsTest, AFlightThatHangsIsNotJoinedForEver) {
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

TEST_F(FlightsTest, ATagThatIsNotResolvedInTimeSaysSo) {
  source_->Close();
  const Outcome left = Verify(Query("registry.test/acme/app:v1", signed_), absl::Milliseconds(100));
  EXPECT_EQ(ReasonFor(left), Reason::kDeadlineExceeded);
  EXPECT_THAT(Message(left.status()),
              HasSubstr("resolving the tag of registry.test/acme/app:v1 took too long"));
}

TEST_F(FlightsTest, WhatFailsForTheFirstFailsForThoseWhoWaitedAndForNobodyElse) {
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

TEST_F(FlightsTest, WhatFailedForSomeCredentialsIsNotSharedWithOthers) {
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

TEST_F(FlightsTest, OneStalledRegistryLeavesWorkersToOthersAndIsNamed) {
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

TEST_F(FlightsTest, WhatDoesNotFitIntoTheQueueIsTurnedAwayAtOnce) {
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

TEST_F(FlightsTest, ImagesOfOneRequestAreVerifiedSideBySideUpToABound) {
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

TEST_F(FlightsTest, OutcomesComeInTheOrderOfTheQueries) {
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

TEST_F(FlightsTest, EndsWhileAFlightIsUnderWay) {
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
