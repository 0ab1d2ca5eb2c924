#include "verifier/verification/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/memory_source.h"
#include "tests/verification/minted.h"
#include "verifier/base/limits.h"

namespace chartseal::verification {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

absl::Status Unreachable(std::string_view what) {
  return WithReason(absl::UnavailableError(ToAbsl(what)), Reason::kUnreachable);
}

class EvidenceTest : public ::testing::Test {
 protected:
  Evidence Fetch(EvidenceScope scope = {}) {
    return FetchEvidence(source_, Repository(), image_, scope, absl::InfiniteFuture());
  }

  std::string Tag(std::string_view suffix) const { return oci::DigestTag(image_, suffix); }

  oci::Descriptor LegacyDescriptor(const LegacyLayer& layer) {
    oci::Descriptor descriptor = source_.PutBlob(layer.payload, kSimpleSigningType);
    descriptor.annotations = layer.annotations;
    return descriptor;
  }

  void PutSigTag(const std::vector<oci::Descriptor>& layers) {
    source_.Tag(Tag(".sig"), source_.PutManifest(MemorySource::ManifestJson(layers)));
  }

  // A layer that claims a size without having the bytes.
  static oci::Descriptor Claimed(std::string_view media_type, int64_t size, int number) {
    return {std::string(media_type), crypto::Digest::Sha256Of(Cat("layer ", number)), size, "", {}};
  }

  // The only gap's reason; kNone when there is not exactly one.
  static Reason OnlyGap(const Evidence& evidence) {
    return evidence.gaps.size() == 1 ? ReasonOf(evidence.gaps[0]) : Reason::kNone;
  }

  MemorySource source_;
  const crypto::Digest image_ = source_.PutImage("app");
};

TEST_F(EvidenceTest, NothingAttachedIsNoCandidateAndNoGap) {
  const Evidence evidence = Fetch({.attestations = true});
  EXPECT_THAT(evidence.candidates, IsEmpty());
  EXPECT_THAT(evidence.others, IsEmpty());
  EXPECT_THAT(evidence.gaps, IsEmpty());
}

TEST_F(EvidenceTest, BothLayoutsAreAskedForAtTheSameTime) {
  source_.AnswerReferrersAfter({"tag " + Tag(".sig"), "tag " + Tag(".att")});
  EXPECT_THAT(Fetch({.attestations = true}).gaps, IsEmpty());
}

TEST_F(EvidenceTest, AttestationTagIsAskedForOnlyWhenAttestationsAreWanted) {
  Fetch({.attestations = false});
  EXPECT_THAT(source_.asked(), Not(Contains("tag " + Tag(".att"))));
  Fetch({.attestations = true});
  EXPECT_THAT(source_.asked(), Contains("tag " + Tag(".att")));
}

TEST_F(EvidenceTest, BundleIsFoundWhateverTypeTheRegistryGivesIt) {
  for (const std::string_view type :
       {kBundleType, std::string_view(""), std::string_view("application/vnd.oci.empty.v1+json"),
        std::string_view("application/vnd.oci.image.config.v1+json"),
        std::string_view("application/x-new")}) {
    MemorySource source;
    const crypto::Digest image = source.PutImage("app");
    source.AttachBundle(MintSignature(image), type);
    const Evidence evidence = FetchEvidence(source, Repository(), image, {}, absl::InfiniteFuture());
    ASSERT_THAT(evidence.candidates, SizeIs(1)) << type;
    EXPECT_EQ(evidence.candidates[0].layout, Layout::kBundleReferrer) << type;
    EXPECT_TRUE(evidence.candidates[0].content.ok()) << type;
    EXPECT_THAT(evidence.gaps, IsEmpty()) << type;
  }
}

TEST_F(EvidenceTest, TypesOfOtherToolsAreListedButNotFetched) {
  for (const std::string_view type :
       {"application/vnd.cncf.notary.signature", "application/spdx+json", "application/vnd.cyclonedx+json"}) {
    source_.ListReferrer(crypto::Digest::Sha256Of(type), type);
  }
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.others, SizeIs(3));
  EXPECT_THAT(evidence.candidates, IsEmpty());
  EXPECT_EQ(source_.Count("manifest "), 0u);
}

TEST_F(EvidenceTest, ManifestOfAnotherKindIsListedByItsEffectiveType) {
  const auto other = source_.Attach({Claimed("text/plain", 3, 1)}, "");
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.others, SizeIs(1));
  EXPECT_EQ(evidence.others[0].digest, other);
  EXPECT_EQ(evidence.others[0].artifact_type, "application/vnd.oci.empty.v1+json");
  EXPECT_EQ(source_.Count("blob "), 0u);
}

TEST_F(EvidenceTest, BundleLayerAmongSeveralIsNoSignature) {
  source_.Attach({source_.PutBlob(MintSignature(image_), kBundleType), Claimed("text/plain", 3, 1)},
                 kBundleType);
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.candidates, IsEmpty());
  EXPECT_THAT(evidence.others, SizeIs(1));
}

TEST_F(EvidenceTest, DescriptorThatPointsToNothingIsNothing) {
  source_.ListReferrer(crypto::Digest::Sha256Of("deleted"), kBundleType);
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.candidates, IsEmpty());
  EXPECT_THAT(evidence.gaps, IsEmpty());
}

TEST_F(EvidenceTest, ListThatCannotBeHadIsAGapAndTagsAreStillRead) {
  PutSigTag({LegacyDescriptor(MintLegacy(image_))});
  source_.Fail("referrers", Unreachable("no route"));
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_EQ(OnlyGap(evidence), Reason::kUnreachable);
}

TEST_F(EvidenceTest, TagThatCannotBeReadIsAGapAndReferrersAreStillRead) {
  source_.AttachBundle(MintSignature(image_));
  source_.Fail("tag " + Tag(".sig"), WithReason(absl::PermissionDeniedError("403"), Reason::kUnauthorized));
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_EQ(OnlyGap(evidence), Reason::kUnauthorized);
}

TEST_F(EvidenceTest, ReferrerManifestThatCannotBeFetchedIsAGap) {
  const auto bad = source_.AttachBundle(MintSignature(image_));
  source_.Fail("manifest " + bad.ToString(),
               WithReason(absl::DataLossError("changed"), Reason::kDigestMismatch));
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.candidates, IsEmpty());
  EXPECT_EQ(OnlyGap(evidence), Reason::kDigestMismatch);
}

TEST_F(EvidenceTest, BundleBlobThatIsMissingIsAGapThatNamesTheReferrer) {
  const auto bad = source_.Attach({Claimed(kBundleType, 10, 1)}, kBundleType);
  const Evidence evidence = Fetch();
  ASSERT_EQ(OnlyGap(evidence), Reason::kNotFound);
  EXPECT_THAT(Message(evidence.gaps[0]), HasSubstr("registry.test/acme/app@" + bad.ToString()));
}

TEST_F(EvidenceTest, BundleOverItsLimitIsAGap) {
  source_.Attach({Claimed(kBundleType, limits::kMaxBundleBytes + 1, 1)}, kBundleType);
  EXPECT_EQ(OnlyGap(Fetch()), Reason::kLimitExceeded);
}

TEST_F(EvidenceTest, LegacyPayloadOverItsLimitIsAGap) {
  PutSigTag({Claimed(kSimpleSigningType, limits::kMaxLegacyPayloadBytes + 1, 1)});
  EXPECT_EQ(OnlyGap(Fetch()), Reason::kLimitExceeded);
}

TEST_F(EvidenceTest, BundleThatDoesNotDecodeStaysACandidateWithItsReason) {
  const auto bad = source_.AttachBundle(R"({"mediaType":"application/vnd.dev.sigstore.bundle.v9+json"})");
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_EQ(ReasonOf(evidence.candidates[0].content.status()), Reason::kBundleUnknownVersion);
  EXPECT_THAT(evidence.candidates[0].source, HasSubstr(bad.ToString()));
}

TEST_F(EvidenceTest, ReferrerThatIsNoManifestStaysACandidateWithItsReason) {
  source_.ListReferrer(source_.PutManifest("[]"), kBundleType);
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_EQ(ReasonOf(evidence.candidates[0].content.status()), Reason::kManifestMalformed);
}

TEST_F(EvidenceTest, SignatureTagThatIsNoManifestStaysACandidateWithItsReason) {
  source_.Tag(Tag(".sig"), source_.PutManifest("{"));
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_EQ(evidence.candidates[0].layout, Layout::kLegacyTag);
  EXPECT_EQ(ReasonOf(evidence.candidates[0].content.status()), Reason::kJsonMalformed);
}

TEST_F(EvidenceTest, LegacyLayerWithoutReadableAnnotationsStaysACandidateWithItsReason) {
  LegacyLayer layer = MintLegacy(image_);
  layer.annotations["dev.cosignproject.cosign/signature"] = "not base64!";
  PutSigTag({LegacyDescriptor(layer), LegacyDescriptor(MintLegacy(image_))});
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.candidates, SizeIs(2));
  EXPECT_EQ(ReasonOf(evidence.candidates[0].content.status()), Reason::kBundleMalformed);
  EXPECT_THAT(evidence.candidates[0].source, HasSubstr(".sig layer 0"));
  EXPECT_TRUE(evidence.candidates[1].content.ok());
}

TEST_F(EvidenceTest, LegacyLayersAttachedThroughSubjectAreFound) {
  source_.Attach({LegacyDescriptor(MintLegacy(image_))}, "application/vnd.dev.cosign.artifact.sig.v1+json");
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_EQ(evidence.candidates[0].layout, Layout::kLegacyReferrer);
}

TEST_F(EvidenceTest, LayerOfAnotherTypeBesideSignaturesIsListed) {
  PutSigTag({LegacyDescriptor(MintLegacy(image_)), Claimed("text/plain", 4, 1)});
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_THAT(evidence.others, SizeIs(1));
}

TEST_F(EvidenceTest, MoreReferrersThanTheLimitAreAGapAndSignaturesAreReadFirst) {
  for (size_t i = 0; i < limits::kMaxReferrersRead + 5; ++i) {
    source_.Attach({Claimed("text/plain", 4, static_cast<int>(i))}, "application/x-report");
  }
  source_.AttachBundle(MintSignature(image_));
  const Evidence evidence = Fetch();
  EXPECT_EQ(OnlyGap(evidence), Reason::kLimitExceeded);
  EXPECT_THAT(Message(evidence.gaps[0]), HasSubstr("70 things are attached"));
  EXPECT_THAT(evidence.candidates, SizeIs(1));
  EXPECT_EQ(source_.Count("manifest "), limits::kMaxReferrersRead);
}

TEST_F(EvidenceTest, AsManyReferrersAsTheLimitAreNoGap) {
  for (size_t i = 0; i < limits::kMaxReferrersRead; ++i) {
    source_.Attach({Claimed("text/plain", 4, static_cast<int>(i))}, "application/x-report");
  }
  EXPECT_THAT(Fetch().gaps, IsEmpty());
}

TEST_F(EvidenceTest, MoreLegacyLayersThanTheLimitAreAGapAndNoneIsFetched) {
  PutSigTag(
      std::vector<oci::Descriptor>(limits::kMaxLegacySignatures + 1, LegacyDescriptor(MintLegacy(image_))));
  const Evidence evidence = Fetch();
  EXPECT_EQ(OnlyGap(evidence), Reason::kLimitExceeded);
  EXPECT_THAT(Message(evidence.gaps[0]), HasSubstr("65 layers"));
  EXPECT_EQ(source_.Count("blob "), 0u);
}

TEST_F(EvidenceTest, LargeBlobsOverTheBudgetAreAGapAndDoNotPushOutASignature) {
  constexpr int kTooMany = limits::kMaxEvidenceBytes / limits::kMaxBundleBytes + 1;
  for (int i = 0; i < kTooMany; ++i) {
    source_.Attach({Claimed(kBundleType, limits::kMaxBundleBytes, i)}, kBundleType);
  }
  source_.AttachBundle(MintSignature(image_));
  const Evidence evidence = Fetch();
  EXPECT_THAT(evidence.candidates, SizeIs(1));
  // The signature takes the room of one more: two large ones are never asked for.
  EXPECT_EQ(source_.Count("blob "), static_cast<size_t>(kTooMany) - 2 + 1);
  std::vector<std::string> gaps;
  for (const absl::Status& gap : evidence.gaps) gaps.push_back(Message(gap));
  EXPECT_THAT(gaps, Contains(HasSubstr("more than 33554432 bytes in all")));
}

TEST_F(EvidenceTest, OrderDoesNotDependOnWhichAnswerComesFirst) {
  for (int i = 0; i < 8; ++i) source_.AttachBundle(MintSignature(image_));
  const auto sources = [](const Evidence& evidence) {
    std::vector<std::string> out;
    for (const Candidate& candidate : evidence.candidates) out.push_back(candidate.source);
    return out;
  };
  const std::vector<std::string> first = sources(Fetch());
  EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
  EXPECT_EQ(sources(Fetch()), first);
}

TEST_F(EvidenceTest, GapsAreOrderedSoThatTheCauseNamedIsTheSameEachTime) {
  source_.Fail("referrers", Unreachable("b"));
  source_.Fail("tag " + Tag(".sig"), Unreachable("a"));
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.gaps, SizeIs(2));
  EXPECT_EQ(Message(evidence.gaps[0]), "a");
}

// -- Other repositories, and what is looked for at all.

// A second repository beside the artifact's own.
class TwoRepositories : public oci::ArtifactSource {
 public:
  TwoRepositories(MemorySource& own, MemorySource& other) : own_(own), other_(other) {}
  absl::StatusOr<oci::Descriptor> ResolveTag(const oci::Reference& r, absl::Time t) override {
    return Of(r).ResolveTag(r, t);
  }
  absl::StatusOr<oci::ManifestBytes> FetchManifest(const oci::Reference& r, const crypto::Digest& d, size_t n,
                                                   absl::Time t) override {
    return Of(r).FetchManifest(r, d, n, t);
  }
  absl::StatusOr<oci::ManifestBytes> FetchManifestByTag(const oci::Reference& r, std::string_view tag,
                                                        size_t n, absl::Time t) override {
    return Of(r).FetchManifestByTag(r, tag, n, t);
  }
  absl::StatusOr<std::string> FetchBlob(const oci::Reference& r, const oci::Descriptor& d, size_t n,
                                        absl::Time t) override {
    return Of(r).FetchBlob(r, d, n, t);
  }
  absl::StatusOr<oci::ReferrersResult> ListReferrers(const oci::Reference& r, const crypto::Digest& d,
                                                     absl::Time t) override {
    return Of(r).ListReferrers(r, d, t);
  }
  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& r, absl::Time t) override {
    return Of(r).ListTags(r, t);
  }

 private:
  MemorySource& Of(const oci::Reference& r) { return r.Name() == Repository().Name() ? own_ : other_; }
  MemorySource& own_;
  MemorySource& other_;
};

constexpr char kElsewhere[] = "registry.test/acme/sigs";

TEST_F(EvidenceTest, WhatIsAttachedInAnotherRepositoryIsFoundAndSaysWhere) {
  MemorySource other;
  TwoRepositories both(source_, other);
  source_.AttachBundle(MintSignature(image_));
  other.AttachBundle(MintSignatureBy(OtherWorkflow(), image_));
  const Evidence evidence =
      FetchEvidence(both, Repository(), image_, {.sources = {kElsewhere}}, absl::InfiniteFuture());
  ASSERT_THAT(evidence.candidates, SizeIs(2));
  EXPECT_EQ(evidence.candidates[0].repository, "");
  EXPECT_EQ(evidence.candidates[1].repository, kElsewhere);
  EXPECT_THAT(evidence.candidates[1].source, HasSubstr(kElsewhere));
}

TEST_F(EvidenceTest, TheOwnRepositoryIsNotAskedWhenOnlyAnotherCounts) {
  MemorySource other;
  TwoRepositories both(source_, other);
  FetchEvidence(both, Repository(), image_, {.own_repository = false, .sources = {kElsewhere}},
                absl::InfiniteFuture());
  EXPECT_THAT(source_.asked(), IsEmpty());
  EXPECT_EQ(other.Count("referrers"), 1u);
}

TEST_F(EvidenceTest, ARepositoryThatIsNoneIsAGap) {
  const Evidence evidence = Fetch({.sources = {"Not A Repository"}});
  EXPECT_EQ(OnlyGap(evidence), Reason::kReferenceMalformed);
  EXPECT_THAT(Message(evidence.gaps[0]), HasSubstr("a policy's repository for signatures: "));
}

TEST_F(EvidenceTest, BytesAreKeptAsTheyCame) {
  const std::string bundle = MintSignature(image_);
  source_.AttachBundle(bundle);
  const LegacyLayer legacy = MintLegacy(image_);
  PutSigTag({LegacyDescriptor(legacy)});
  const Evidence evidence = Fetch();
  ASSERT_THAT(evidence.candidates, SizeIs(2));
  for (const Candidate& candidate : evidence.candidates) {
    ASSERT_NE(candidate.raw, nullptr);
    const bool is_bundle = candidate.layout == Layout::kBundleReferrer;
    EXPECT_EQ(candidate.raw->bytes, is_bundle ? bundle : legacy.payload);
    EXPECT_EQ(candidate.raw->annotations, is_bundle ? LegacyLayer().annotations : legacy.annotations);
  }
}

TEST(ScopeOf, NothingIsLookedForWhenNoAuthorityLooks) {
  policy::Requirement requirement;
  requirement.authorities.push_back({.name = "anybody", .always = policy::StaticAnswer{.pass = true}});
  EXPECT_EQ(ScopeOf({&requirement}), std::nullopt);
}

TEST(ScopeOf, CoversAllAuthoritiesOfAllRequirements) {
  const policy::Requirement plain = SignedByWorkflow();
  EXPECT_EQ(ScopeOf({&plain}), EvidenceScope());
  policy::Requirement elsewhere = SignedByWorkflow();
  elsewhere.authorities[0].sources = {"b.test/x", "a.test/x"};
  elsewhere.authorities[0].attestation_types = {std::string(kSbom)};
  const EvidenceScope only_elsewhere{true, false, {"a.test/x", "b.test/x"}};
  EXPECT_EQ(ScopeOf({&elsewhere}), only_elsewhere);
  EXPECT_EQ(ScopeOf({&plain, &elsewhere}), (EvidenceScope{true, true, {"a.test/x", "b.test/x"}}));
}

TEST(EvidenceScope, CoversOnlyWhatItLookedFor) {
  const EvidenceScope wide{true, true, {"a.test/x", "b.test/x"}};
  EXPECT_TRUE(wide.Covers({}));
  EXPECT_TRUE(wide.Covers({true, false, {"b.test/x"}}));
  EXPECT_FALSE(wide.Covers({true, false, {"c.test/x"}}));
  EXPECT_FALSE(EvidenceScope().Covers({.attestations = true}));
  EXPECT_FALSE((EvidenceScope{true, false, {"a.test/x"}}).Covers({}));
}

}  // namespace
}  // namespace chartseal::verification
