#include "webhook/decision_cache.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/webhook/fake_verifier.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::shared_ptr<const Conclusion> AYes() { return MakeConclusion(Yes()); }
std::shared_ptr<const Conclusion> ANo() { return MakeConclusion(No(Reason::kNoSignature)); }

CacheKey Key(int number) { return MakeCacheKey({"test", std::to_string(number)}); }

// -- How long.

TEST(DecisionCache, AYesHoldsForItsLifetimeAndNotLonger) {
  DecisionCache cache;
  cache.Put(Key(1), AYes(), kNow, kNow);
  EXPECT_NE(cache.Find(Key(1), kNow + limits::kYesLifetime - absl::Seconds(1)), nullptr);
  EXPECT_EQ(cache.Find(Key(1), kNow + limits::kYesLifetime), nullptr);
  EXPECT_EQ(cache.stats().entries, 0u) << "what is too old is dropped when it is met";
}

TEST(DecisionCache, ANoHoldsForItsShortLifetime) {
  DecisionCache cache;
  cache.Put(Key(1), ANo(), kNow, kNow);
  EXPECT_NE(cache.Find(Key(1), kNow + limits::kNoLifetime - absl::Milliseconds(1)), nullptr);
  EXPECT_EQ(cache.Find(Key(1), kNow + limits::kNoLifetime), nullptr);
}

TEST(DecisionCache, AgeCountsFromTheEvidenceAndNotFromTheJudging) {
  DecisionCache cache;
  cache.Put(Key(1), AYes(), kNow - absl::Minutes(50), kNow);
  EXPECT_NE(cache.Find(Key(1), kNow + absl::Minutes(9)), nullptr);
  EXPECT_EQ(cache.Find(Key(1), kNow + absl::Minutes(10)), nullptr);
}

TEST(DecisionCache, WhatIsTooOldAlreadyIsNotTaken) {
  DecisionCache cache;
  cache.Put(Key(1), ANo(), kNow - limits::kNoLifetime, kNow);
  EXPECT_EQ(cache.stats().entries, 0u);
}

TEST(DecisionCache, AfterTheClockWasSetBackAnEntryFromTheFutureDoesNotCount) {
  DecisionCache cache;
  cache.Put(Key(1), AYes(), kNow, kNow);
  EXPECT_EQ(cache.Find(Key(1), kNow - absl::Hours(24)), nullptr);
}

TEST(DecisionCache, ALaterConclusionReplacesAnEarlierOne) {
  DecisionCache cache;
  cache.Put(Key(1), ANo(), kNow, kNow);
  cache.Put(Key(1), AYes(), kNow, kNow);
  EXPECT_TRUE(cache.Find(Key(1), kNow)->accepted);
  EXPECT_EQ(cache.stats().entries, 1u);
}

// -- Under what.

class DecisionKeyTest : public testing::Test {
 protected:
  DecisionKeyTest() {
    policy_.fingerprint = "policy";
    snapshot_.root_fingerprint = "root";
  }
  std::optional<CacheKey> Key(std::string_view repository = "registry.test/app",
                              std::string_view content = "content") const {
    return DecisionCache::KeyOf(repository, DigestOf(content), policy_, snapshot_);
  }
  policy::Policy policy_;
  PolicySnapshot snapshot_;
};

TEST_F(DecisionKeyTest, RepositoryDigestPolicyAndRootEachMakeAnotherKey) {
  std::set<CacheKey> keys = {*Key(), *Key("registry.test/other"), *Key("registry.test/app", "other")};
  policy_.fingerprint = "another policy";
  keys.insert(*Key());
  policy_.fingerprint = "policy";
  snapshot_.root_fingerprint = "another root";
  keys.insert(*Key());
  EXPECT_EQ(keys.size(), 5u);
}

TEST_F(DecisionKeyTest, PartsCannotBeShiftedIntoEachOther) {
  policy_.fingerprint = "ab";
  snapshot_.root_fingerprint = "c";
  const auto first = *Key();
  policy_.fingerprint = "a";
  snapshot_.root_fingerprint = "bc";
  EXPECT_NE(first, *Key());
}

TEST_F(DecisionKeyTest, TheNameOfAPolicyDoesNotCount) {
  const auto first = *Key();
  policy_.name = "renamed";
  EXPECT_EQ(first, *Key());
}

TEST_F(DecisionKeyTest, WithoutAFingerprintNothingIsRemembered) {
  policy_.fingerprint = "";
  EXPECT_EQ(Key(), std::nullopt);
  policy_.fingerprint = "policy";
  snapshot_.root_fingerprint = "";
  EXPECT_EQ(Key(), std::nullopt);
}

// -- How much.

TEST(DecisionCache, HoldsExactlyAsManyAsItMay) {
  DecisionCache cache(1000, 1 << 20);
  for (int i = 0; i < 1000; ++i) cache.Put(Key(i), AYes(), kNow, kNow);
  EXPECT_EQ(cache.stats().entries, 1000u);
  EXPECT_EQ(cache.stats().evictions, 0u);
  for (int i = 1000; i < 1500; ++i) cache.Put(Key(i), AYes(), kNow, kNow);
  EXPECT_EQ(cache.stats().entries, 1000u);
  EXPECT_EQ(cache.stats().evictions, 500u);
}

TEST(DecisionCache, WhatIsUsedStaysAndWhatIsNotGoes) {
  DecisionCache cache(1000, 1 << 20);
  for (int i = 0; i < 1000; ++i) cache.Put(Key(i), AYes(), kNow, kNow);
  for (int i = 1000; i < 1900; ++i) {
    EXPECT_NE(cache.Find(Key(7), kNow), nullptr) << "used, and gone after " << i;
    cache.Put(Key(i), AYes(), kNow, kNow);
  }
  int left = 0;
  for (int i = 100; i < 200; ++i) left += cache.Find(Key(i), kNow) != nullptr;
  EXPECT_LT(left, 40);
}

TEST(DecisionCache, LongTextsAreBoundedByBytes) {
  DecisionCache cache(100'000, 1 << 20);
  auto verdict = No(Reason::kIdentityMismatch);
  verdict.found = std::string(10'000, 'x');
  for (int i = 0; i < 500; ++i) cache.Put(Key(i), MakeConclusion(verdict), kNow, kNow);
  EXPECT_LE(cache.stats().bytes, size_t{1} << 20);
  EXPECT_GT(cache.stats().entries, 80u);
  EXPECT_LT(cache.stats().entries, 110u);
}

TEST(DecisionCache, WhatIsOverTheLimitOnItsOwnPushesNobodyOut) {
  DecisionCache cache(1000, 1 << 20);
  cache.Put(Key(1), AYes(), kNow, kNow);
  auto verdict = No(Reason::kIdentityMismatch);
  verdict.found = std::string(2 << 20, 'x');
  cache.Put(Key(2), MakeConclusion(verdict), kNow, kNow);
  EXPECT_NE(cache.Find(Key(1), kNow), nullptr);
  EXPECT_EQ(cache.Find(Key(2), kNow), nullptr);
}

TEST(DecisionCache, EvictionIsSaidAtMostOnceAMinute) {
  DecisionCache cache(10, 1 << 20);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) cache.Put(Key(i), AYes(), kNow, kNow);
  cache.Put(Key(1000), AYes(), kNow + absl::Seconds(61), kNow + absl::Seconds(61));
  const std::string log = testing::internal::GetCapturedStderr();
  size_t said = 0;
  for (size_t at = 0; (at = log.find("the decision cache is full", at)) != std::string::npos; ++at) ++said;
  EXPECT_EQ(said, 2u) << log;
  EXPECT_NE(log.find("\"evicted\":\"1\""), std::string::npos) << log;
  EXPECT_NE(log.find("\"evicted\":\"90\""), std::string::npos) << log;  // what was not said, and one more
}

}  // namespace
}  // namespace chartseal::webhook
