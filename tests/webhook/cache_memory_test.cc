// How much memory the caches really take, as malloc counts it.
#include <gtest/gtest.h>
#include <malloc.h>

#include "tests/verification/minted.h"
#include "webhook/decision_cache.h"
#include "webhook/evidence_cache.h"

namespace chartseal::webhook {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr size_t kPromised = 64 << 20;

size_t InUse() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// As a release workflow's signature gives it.
std::shared_ptr<const Conclusion> RealisticYes(int number) {
  Conclusion conclusion{.accepted = true};
  conclusion.authority = "release-workflow";
  conclusion.signer = Cat("https://github.com/tracecoreai/component-", number % 500,
                          "/.github/workflows/release.yml@refs/tags/v1.", number % 97, ".0");
  conclusion.issuer = "https://token.actions.githubusercontent.com";
  conclusion.layout = "bundle";
  conclusion.log_index = 123'456'789 + number;
  conclusion.signed_at = kNow;
  return std::make_shared<const Conclusion>(std::move(conclusion));
}

// What one referrer gives; the cache keeps the bytes and looks at nothing else.
verification::Evidence EvidenceOf(const std::string& bundle, const oci::Reference& repository,
                                  const crypto::Digest& digest) {
  verification::Evidence evidence;
  evidence.candidates.push_back({verification::Layout::kBundleReferrer,
                                 repository.Name() + "@" + digest.ToString(),
                                 absl::UnknownError("not decoded"),
                                 std::make_shared<const verification::RawContent>(verification::RawContent{
                                     verification::RawContent::Format::kBundle, bundle, {}})});
  return evidence;
}

TEST(CacheMemory, FiftyThousandDigestsAndTheKeptEvidenceFitIntoWhatIsPromised) {
  const crypto::Digest signed_digest = crypto::Digest::Sha256Of("app");
  const std::string bundle = verification::MintSignature(signed_digest);
  const auto repository = oci::Reference::Parse("ghcr.io/tracecoreai/component:v1").value();
  malloc_trim(0);
  const size_t before = InUse();
  DecisionCache decisions;
  EvidenceCache evidence;
  for (int i = 0; i < 50'000; ++i) {
    const crypto::Digest digest = crypto::Digest::Sha256Of(std::to_string(i));
    decisions.Put(MakeCacheKey({digest.bytes(), "policy", "root"}), RealisticYes(i), kNow, kNow);
    if (i % 10 == 0) evidence.Put(repository, digest, {}, EvidenceOf(bundle, repository, digest), kNow);
  }
  const size_t taken = InUse() - before;
  EXPECT_EQ(decisions.stats().entries, 50'000u);
  EXPECT_EQ(decisions.stats().evictions, 0u);
  EXPECT_GT(evidence.stats().evictions, 0u) << "the evidence was to be full";
  EXPECT_LE(taken, kPromised);
  const size_t counted = decisions.stats().bytes + evidence.stats().bytes;
  EXPECT_LE(taken, counted + counted / 10) << "what is counted is what is taken";
  RecordProperty("taken", std::to_string(taken));
  RecordProperty("decision_bytes", std::to_string(decisions.stats().bytes));
  RecordProperty("evidence_bytes", std::to_string(evidence.stats().bytes));
}

TEST(CacheMemory, RefusalsWithLongTextsStayWithinTheBytesThatAreCounted) {
  malloc_trim(0);
  const size_t before = InUse();
  DecisionCache decisions;
  for (int i = 0; i < 50'000; ++i) {
    verification::Verdict verdict{.accepted = false, .digest = crypto::Digest::Sha256Of("x")};
    verdict.reason = Reason::kIdentityMismatch;
    verdict.detail = "signed by another identity";
    verdict.expected = std::string(300, 'e');
    verdict.found = std::string(300, 'f');
    verdict.next = std::string(110, 'n');
    decisions.Put(MakeCacheKey({std::to_string(i)}), MakeConclusion(verdict), kNow, kNow);
  }
  const size_t taken = InUse() - before;
  EXPECT_GT(decisions.stats().evictions, 0u);
  EXPECT_LE(taken, limits::kMaxCachedDecisionBytes + limits::kMaxCachedDecisionBytes / 10);
}

}  // namespace
}  // namespace chartseal::webhook
