#include "webhook/evidence_cache.h"

#include <gtest/gtest.h>

#include "tests/verification/memory_source.h"
#include "tests/verification/minted.h"
#include "verifier/verification/judge.h"

namespace chartseal::webhook {
namespace {

using verification::Evidence;
using verification::EvidenceScope;
using verification::MemorySource;
using verification::Repository;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class EvidenceCacheTest : public testing::Test {
 protected:
  Evidence Fetch() {
    return verification::FetchEvidence(source_, Repository(), image_, {}, absl::InfiniteFuture());
  }
  std::optional<KeptEvidence> Find(const EvidenceScope& scope = {}, absl::Time now = kNow) {
    return cache_.Find(Repository(), image_, scope, now);
  }
  void Put(const Evidence& evidence, const EvidenceScope& scope = {}) {
    cache_.Put(Repository(), image_, scope, evidence, kNow);
  }

  MemorySource source_;
  const crypto::Digest image_ = source_.PutImage("app");
  EvidenceCache cache_;
};

TEST_F(EvidenceCacheTest, WhatComesBackIsJudgedTheSame) {
  source_.AttachBundle(verification::MintSignature(image_));
  const verification::LegacyLayer layer = verification::MintLegacy(image_);
  oci::Descriptor blob = source_.PutBlob(layer.payload, verification::kSimpleSigningType);
  blob.annotations = layer.annotations;
  source_.Tag(oci::DigestTag(image_, ".sig"), source_.PutManifest(MemorySource::ManifestJson({blob})));
  Put(Fetch());
  const auto kept = Find();
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->as_of, kNow);
  ASSERT_EQ(kept->evidence->candidates.size(), 2u);
  const auto verdict =
      verification::Judge(*kept->evidence, {image_, std::nullopt}, verification::SignatureForm::kContainer,
                          verification::SignedByWorkflow(), verification::TestRoot());
  ASSERT_TRUE(verdict.ok() && verdict->accepted) << verdict.status();
  EXPECT_TRUE(verdict->findings[0].accepted && verdict->findings[1].accepted);
}

TEST_F(EvidenceCacheTest, NothingAttachedIsKeptToo) {
  Put(Fetch());
  ASSERT_TRUE(Find().has_value());
  EXPECT_TRUE(Find()->evidence->candidates.empty());
}

TEST_F(EvidenceCacheTest, EvidenceWithGapsIsNeverKept) {
  source_.AttachBundle(verification::MintSignature(image_));
  source_.Fail("tag " + oci::DigestTag(image_, ".sig"),
               WithReason(absl::UnavailableError("503"), Reason::kRegistryError));
  Put(Fetch());
  EXPECT_FALSE(Find().has_value());
}

TEST_F(EvidenceCacheTest, EvidenceThatLostItsBytesIsNotKept) {
  Evidence evidence;
  evidence.candidates.push_back(verification::BundleCandidate(verification::MintSignature(image_)));
  Put(evidence);
  EXPECT_FALSE(Find().has_value());
}

TEST_F(EvidenceCacheTest, WhatWasNotLookedForIsNotThere) {
  Put(Fetch());
  EXPECT_FALSE(Find({.attestations = true}).has_value());
  EXPECT_FALSE(Find({.sources = {"registry.test/sigs"}}).has_value());
  Put(Fetch(), {.attestations = true});
  EXPECT_TRUE(Find({.attestations = true}).has_value());
  EXPECT_TRUE(Find().has_value());
}

TEST_F(EvidenceCacheTest, AnotherRepositoryOrDigestIsAnotherThing) {
  Put(Fetch());
  const auto other = oci::Reference::Parse("registry.test/acme/other:v1").value();
  EXPECT_FALSE(cache_.Find(other, image_, {}, kNow).has_value());
  EXPECT_FALSE(cache_.Find(Repository(), crypto::Digest::Sha256Of("other"), {}, kNow).has_value());
}

TEST_F(EvidenceCacheTest, EvidenceGrowsTooOldEvenForAYes) {
  Put(Fetch());
  EXPECT_TRUE(Find({}, kNow + limits::kYesLifetime - absl::Seconds(1)).has_value());
  EXPECT_FALSE(Find({}, kNow + limits::kYesLifetime).has_value());
  EXPECT_EQ(cache_.stats().entries, 0u);
}

TEST_F(EvidenceCacheTest, IsBoundedByBytes) {
  EvidenceCache cache(1 << 20);
  source_.AttachBundle(verification::MintSignature(image_));
  const Evidence evidence = Fetch();
  for (int i = 0; i < 1000; ++i) {
    cache.Put(Repository(), crypto::Digest::Sha256Of(std::to_string(i)), {}, evidence, kNow);
    ASSERT_LE(cache.stats().bytes, size_t{1} << 20);
  }
  EXPECT_GT(cache.stats().evictions, 500u);
  EXPECT_GT(cache.stats().entries, 20u);
}

TEST_F(EvidenceCacheTest, OneLargeThingDoesNotPushOutAllOthers) {
  EvidenceCache cache(1 << 20);
  source_.AttachBundle(verification::MintSignature(image_));
  cache.Put(Repository(), image_, {}, Fetch(), kNow);
  source_.AttachBundle("{\"large\":\"" + std::string(200'000, 'x') + "\"}");
  cache.Put(Repository(), crypto::Digest::Sha256Of("large"), {}, Fetch(), kNow);
  EXPECT_TRUE(cache.Find(Repository(), image_, {}, kNow).has_value());
  EXPECT_FALSE(cache.Find(Repository(), crypto::Digest::Sha256Of("large"), {}, kNow).has_value());
}

}  // namespace
}  // namespace chartseal::webhook
