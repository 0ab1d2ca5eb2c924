#include "publisher/signing/artifact_signer.h"

#include <gtest/gtest.h>

#include "tests/publisher/signing/artifact_fixture.h"
#include "verifier/base/strict_json.h"
#include "verifier/verification/verdict.h"

namespace chartseal::publisher {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// With the referrers API (true) and with the fallback tag (false).
class BothRegistriesTest : public ArtifactTest, public testing::WithParamInterface<bool> {
 protected:
  BothRegistriesTest() : ArtifactTest({.referrers_api = GetParam()}) {}
};

TEST_P(BothRegistriesTest, AStrangerFindsTheBundle) {
  const auto made = Sign(KeylessSigner(Services()), As(SignatureLayout::kBundle, {{"build", "7"}}));
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->size(), 1u);
  EXPECT_EQ(made->front().layout, "bundle");
  policy::Requirement requirement = ByWorkflow();
  requirement.annotations = {{"build", "7"}};
  const auto verdict = Verify(requirement);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  ASSERT_TRUE(verdict->accepted) << verdict->Summary();
  EXPECT_EQ(verdict->Decisive()->source, made->front().location.ToString());
  EXPECT_EQ(verdict->Decisive()->layout, verification::Layout::kBundleReferrer);
}

TEST_P(BothRegistriesTest, AStrangerFindsTheLegacySignature) {
  const auto made = Sign(KeylessSigner(Services()), As(SignatureLayout::kLegacy, {{"build", "7"}}));
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->size(), 1u);
  EXPECT_EQ(*made->front().location.tag(), oci::DigestTag(*artifact_->digest(), ".sig"));
  policy::Requirement requirement = ByWorkflow();
  requirement.annotations = {{"build", "7"}};
  const auto verdict = Verify(requirement);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  ASSERT_TRUE(verdict->accepted) << verdict->Summary();
  EXPECT_EQ(verdict->Decisive()->layout, verification::Layout::kLegacyTag);
}

TEST_P(BothRegistriesTest, BothLayoutsStandAloneWhenTheOtherIsNotAccepted) {
  ASSERT_TRUE(Sign(KeylessSigner(Services()), As(SignatureLayout::kBoth)).ok());
  for (const bool bundle : {true, false}) {
    policy::Requirement requirement = ByWorkflow();
    requirement.authorities[0].formats = {bundle, !bundle};
    EXPECT_EQ(Answer(requirement), "yes");
  }
}

TEST_P(BothRegistriesTest, AttestationsAreFoundInBothLayoutsAndAreNoSignatures) {
  for (const SignatureLayout layout : {SignatureLayout::kBundle, SignatureLayout::kLegacy}) {
    artifact_ = Put(layout == SignatureLayout::kBundle ? "b" : "l");
    ASSERT_TRUE(Attest(KeylessSigner(Services()), As(layout)).ok());
    EXPECT_EQ(Answer(Attested(ByWorkflow())), "yes");
    EXPECT_THAT(Answer(ByWorkflow()), StartsWith("no-signature"));
  }
}

TEST_P(BothRegistriesTest, RekorV2IsEnoughForBundles) {
  ASSERT_TRUE(Sign(KeylessSigner(Services(false, true)), As(SignatureLayout::kBundle)).ok());
  EXPECT_EQ(Answer(ByWorkflow()), "yes");
}

TEST_P(BothRegistriesTest, AKeyPairWithoutServicesSignsInBothLayouts) {
  const Signer signer = KeySigner(std::nullopt);
  ASSERT_TRUE(Sign(signer, As(SignatureLayout::kBoth)).ok());
  ASSERT_TRUE(Attest(signer, As(SignatureLayout::kBoth)).ok());
  for (const bool bundle : {true, false}) {
    policy::Requirement requirement = ByKey();
    requirement.authorities[0].formats = {bundle, !bundle};
    EXPECT_EQ(Answer(requirement), "yes");
    EXPECT_EQ(Answer(Attested(requirement)), "yes");
  }
  EXPECT_EQ(Requests(), 0u);
}

INSTANTIATE_TEST_SUITE_P(ReferrersApi, BothRegistriesTest, testing::Bool());

// -- what lies in the registry

TEST_F(ArtifactTest, TheReferrerDescribesItsSubjectAsTheRegistryHasIt) {
  const auto made = Sign(KeylessSigner(Services()), As(SignatureLayout::kBundle));
  ASSERT_TRUE(made.ok()) << made.status();
  const auto stored =
      registry_->store().FindManifest("acme/app", made->front().location.digest()->ToString());
  ASSERT_TRUE(stored);
  const oci::Manifest manifest = oci::Manifest::Parse(stored->bytes, stored->media_type).value();
  const auto subject = registry_->store().FindManifest("acme/app", artifact_->digest()->ToString());
  EXPECT_EQ(manifest.subject()->digest, *artifact_->digest());
  EXPECT_EQ(manifest.subject()->size, static_cast<int64_t>(subject->bytes.size()));
  EXPECT_EQ(manifest.subject()->media_type, subject->media_type);
  EXPECT_EQ(manifest.artifact_type(), "application/vnd.dev.sigstore.bundle.v0.3+json");
  EXPECT_EQ(registry_->store().FindBlob("acme/app", manifest.layers()[0].digest.ToString())->size(),
            made->front().bundle_json.size());
}

TEST_F(ArtifactTest, ThePredicateIsSignedByteForByte) {
  const std::string predicate = R"({ "n": 1.10, "big": 18446744073709551615 })";
  const auto made = Attest(KeylessSigner(Services()), As(SignatureLayout::kBundle), predicate);
  ASSERT_TRUE(made.ok()) << made.status();
  const auto bundle = sigstore::Bundle::ParseJson(made->front().bundle_json, "made");
  EXPECT_THAT(std::get<sigstore::DsseEnvelope>(bundle->content()).payload, HasSubstr(predicate));
}

std::vector<oci::Descriptor> Layers(sandbox::Registry& registry, const std::string& tag) {
  const auto digest = registry.store().Resolve("acme/app", tag);
  if (!digest) return {};
  const auto stored = registry.store().FindManifest("acme/app", *digest);
  return oci::Manifest::Parse(stored->bytes, stored->media_type).value().layers();
}

TEST_F(ArtifactTest, SigningAgainAppendsALayerAndKeepsTheFirst) {
  const std::string tag = oci::DigestTag(*artifact_->digest(), ".sig");
  ASSERT_TRUE(Sign(KeylessSigner(Services()), As(SignatureLayout::kLegacy)).ok());
  const auto first = Layers(*registry_, tag);
  ASSERT_EQ(first.size(), 1u);
  ASSERT_TRUE(Sign(KeylessSigner(Services()), As(SignatureLayout::kLegacy)).ok());
  const auto both = Layers(*registry_, tag);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0], first[0]);
}

TEST_F(ArtifactTest, TheSameKeyOverTheSamePayloadIsNotAddedTwice) {
  const Signer signer = KeySigner(std::nullopt);
  const std::string tag = oci::DigestTag(*artifact_->digest(), ".sig");
  ASSERT_TRUE(Sign(signer, As(SignatureLayout::kLegacy)).ok());
  ASSERT_TRUE(Sign(signer, As(SignatureLayout::kLegacy)).ok());
  EXPECT_EQ(Layers(*registry_, tag).size(), 1u);
  ASSERT_TRUE(Sign(signer, As(SignatureLayout::kLegacy, {{"a", "b"}})).ok());
  EXPECT_EQ(Layers(*registry_, tag).size(), 2u);
}

TEST_F(ArtifactTest, AForeignSignatureOverTheSamePayloadDoesNotHideOurs) {
  const std::string tag = oci::DigestTag(*artifact_->digest(), ".sig");
  ASSERT_TRUE(Sign(KeySigner(std::nullopt), As(SignatureLayout::kLegacy)).ok());
  ASSERT_TRUE(Sign(KeySigner(std::nullopt), As(SignatureLayout::kLegacy)).ok());  // another key
  const auto layers = Layers(*registry_, tag);
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].digest, layers[1].digest);
  EXPECT_EQ(Answer(ByKey()), "yes");
}

TEST_F(ArtifactTest, SomebodyWhoWritesTheTagMeanwhileLosesNothing) {
  const std::string tag = oci::DigestTag(*artifact_->digest(), ".sig");
  ASSERT_TRUE(Sign(KeySigner(std::nullopt), As(SignatureLayout::kLegacy)).ok());
  const std::string theirs = *registry_->store().Resolve("acme/app", tag);
  // Right after our first write the tag is what somebody else made of it.
  registry_->AddFault({.method = "PUT",
                       .path_glob = "*/manifests/" + tag,
                       .times = 1,
                       .rewrite = [&](const sandbox::HttpRequest&, sandbox::HttpResponse&) {
                         registry_->store().Tag("acme/app", tag, theirs);
                       }});
  const Signer ours = KeySigner(std::nullopt);
  const auto made = Sign(ours, As(SignatureLayout::kLegacy));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Layers(*registry_, tag).size(), 2u);
  EXPECT_EQ(Answer(ByKey()), "yes");
}

// -- refused before anything is sent to anybody

TEST_F(ArtifactTest, ATagAloneIsNotSigned) {
  registry_->Tag("acme/app", "v1", artifact_->digest()->ToString());
  artifact_ = artifact_->WithTag("v1").value();
  EXPECT_THAT(Why(Sign(KeylessSigner(Services()), As(SignatureLayout::kBundle))),
              HasSubstr("only a digest can be signed"));
  EXPECT_EQ(registry_->log().size(), 0u);
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ArtifactTest, ADigestThatTheRegistryDoesNotHaveIsNotSigned) {
  artifact_ = artifact_->WithDigest(crypto::Digest::Sha256Of("nowhere"));
  EXPECT_THAT(Why(Sign(KeylessSigner(Services()), As(SignatureLayout::kBoth))), StartsWith("not-found"));
  EXPECT_EQ(Requests(), 0u);
  EXPECT_EQ(tokens_, 0);
  EXPECT_THAT(Writes(), IsEmpty());
}

TEST_F(ArtifactTest, ASubjectThatTheCallerHasSeenIsNotAskedFor) {
  AttachOptions options = As(SignatureLayout::kBundle);
  const std::string path = "*/manifests/" + artifact_->digest()->ToString();
  const auto seen = client_->ResolveTag(*artifact_, Deadline());
  ASSERT_TRUE(seen.ok()) << seen.status();
  options.subject = *seen;
  registry_->log().Clear();
  ASSERT_TRUE(Sign(KeylessSigner(Services()), options).ok());
  EXPECT_EQ(registry_->log().Count("GET", path), 0u);
  EXPECT_EQ(Answer(ByWorkflow()), "yes");
}

TEST_F(ArtifactTest, ASubjectOfAnotherDigestCountsForNothing) {
  AttachOptions options = As(SignatureLayout::kBundle);
  options.subject = oci::Descriptor{"x", crypto::Digest::Sha256Of("another"), 1, "", {}};
  const std::string path = "*/manifests/" + artifact_->digest()->ToString();
  ASSERT_TRUE(Sign(KeylessSigner(Services()), options).ok());
  EXPECT_EQ(registry_->log().Count("GET", path), 1u);
  EXPECT_EQ(Answer(ByWorkflow()), "yes");
}

TEST_F(ArtifactTest, BothLayoutsWithRekorV2AloneAreRefusedBeforeTheBundleIsMade) {
  EXPECT_THAT(Why(Sign(KeylessSigner(Services(false, true)), As(SignatureLayout::kBoth))),
              HasSubstr("legacy layout can carry the promise of a Rekor v1 log"));
  EXPECT_EQ(Requests(), 0u);
  EXPECT_THAT(Writes(), IsEmpty());
}

TEST_F(ArtifactTest, APredicateThatIsNoJsonIsRefused) {
  for (const std::string_view predicate : {"", "{", R"({"a":1,"a":2})", "{}{}"}) {
    EXPECT_THAT(Why(Attest(KeylessSigner(Services()), As(SignatureLayout::kBundle), predicate)),
                StartsWith("json-malformed"));
  }
  const std::string large = "\"" + std::string(limits::kMaxPredicateBytes, 'x') + "\"";
  EXPECT_THAT(Why(Attest(KeylessSigner(Services()), As(SignatureLayout::kBundle), large)),
              StartsWith("limit-exceeded"));
  EXPECT_EQ(registry_->log().size(), 0u);
}

TEST_F(ArtifactTest, AnAttestationCannotSayThatItIsASignature) {
  const Signer signer = KeylessSigner(Services());
  for (const std::string_view type : {std::string_view(), sigstore::kCosignSignPredicate}) {
    const auto made = ArtifactSigner(signer, *writer_)
                          .Attest(*artifact_, type, "{}", As(SignatureLayout::kBundle), Deadline());
    EXPECT_THAT(Message(made.status()), HasSubstr("cannot be attested"));
  }
  EXPECT_EQ(registry_->log().size(), 0u);
}

TEST_F(ArtifactTest, AnnotationsThatAreNotUtf8AreRefused) {
  EXPECT_THAT(
      Message(Sign(KeylessSigner(Services()), As(SignatureLayout::kBundle, {{"a", "\xFF"}})).status()),
      HasSubstr("must be UTF-8"));
  EXPECT_EQ(registry_->log().size(), 0u);
}

// -- a service fails: nothing is written

struct Broken {
  const char* name;
  sandbox::LoopbackServer& (sandbox::SigningServices::*server)();
  int status;
  const char* reason;
};

class BrokenServiceTest : public ArtifactTest, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenServiceTest, LeavesTheRegistryAsItWas) {
  const Broken& broken = GetParam();
  for (const SignatureLayout layout :
       {SignatureLayout::kBundle, SignatureLayout::kLegacy, SignatureLayout::kBoth}) {
    sandbox::LoopbackServer& server = ((*services_).*broken.server)();
    server.faults().Clear();
    SignerTest::Answer(server, sandbox::MakeResponse(broken.status, "text/plain", "no"));
    EXPECT_THAT(Why(Sign(KeylessSigner(Services()), As(layout))), StartsWith(broken.reason));
    EXPECT_THAT(Why(Attest(KeylessSigner(Services()), As(layout))), StartsWith(broken.reason));
  }
  EXPECT_THAT(Writes(), IsEmpty());
  EXPECT_THAT(Answer(ByWorkflow()), StartsWith("no-signature"));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenServiceTest,
    testing::Values(Broken{"Fulcio403", &sandbox::SigningServices::fulcio_server, 403, "fulcio-failed"},
                    Broken{"Fulcio500", &sandbox::SigningServices::fulcio_server, 500, "fulcio-failed"},
                    Broken{"FulcioNonsense", &sandbox::SigningServices::fulcio_server, 200, "fulcio-failed"},
                    Broken{"Rekor400", &sandbox::SigningServices::rekor_v1_server, 400, "rekor-failed"},
                    Broken{"Rekor429", &sandbox::SigningServices::rekor_v1_server, 429, "rekor-failed"},
                    Broken{"RekorNonsense", &sandbox::SigningServices::rekor_v1_server, 201, "rekor-failed"},
                    Broken{"Tsa500", &sandbox::SigningServices::tsa_server, 500, "timestamp-failed"},
                    Broken{"TsaNonsense", &sandbox::SigningServices::tsa_server, 200, "timestamp-failed"}),
    [](const auto& each) { return std::string(each.param.name); });

// The first signature of two is made; then Rekor fails.
TEST_F(ArtifactTest, AFailureOfTheSecondSignatureLeavesTheFirstUnpushed) {
  services_->rekor_v1_server().faults().Add(
      {.skip = 1, .times = -1, .respond = sandbox::MakeResponse(400, "text/plain", "no")});
  EXPECT_THAT(Why(Sign(KeylessSigner(Services()), As(SignatureLayout::kBoth))), StartsWith("rekor-failed"));
  EXPECT_THAT(Writes(), IsEmpty());
}

TEST_F(ArtifactTest, WhatDoesNotVerifyIsNotPushed) {
  const sandbox::Sigstore other;
  Keyless means{Services(), [this](absl::Time) { return TokenFor(); }};
  const Signer signer(std::move(means), caller_, RootOf(other));
  EXPECT_THAT(Why(Sign(signer, As(SignatureLayout::kBoth))), StartsWith("self-verification-failed"));
  EXPECT_THAT(Why(Attest(signer, As(SignatureLayout::kBundle))), StartsWith("self-verification-failed"));
  EXPECT_THAT(Writes(), IsEmpty());
}

// -- the registry fails: what is there already is said

TEST_F(ArtifactTest, AFailedPushSaysThatNothingWasAttached) {
  registry_->AddFault({.method = "PUT",
                       .path_glob = "*/manifests/*",
                       .times = -1,
                       .respond = sandbox::MakeResponse(403, "application/json", "{}")});
  const auto made = Sign(KeylessSigner(Services()), As(SignatureLayout::kBundle));
  EXPECT_THAT(Message(made.status()), HasSubstr("was signed, but this was not attached as a bundle"));
  EXPECT_THAT(Message(made.status()), HasSubstr("nothing else was attached"));
}

TEST_F(ArtifactTest, AFailureOfTheSecondPushNamesWhatIsAttachedAlready) {
  const std::string tag = oci::DigestTag(*artifact_->digest(), ".sig");
  registry_->AddFault({.method = "PUT",
                       .path_glob = "*/manifests/" + tag,
                       .times = -1,
                       .respond = sandbox::MakeResponse(403, "application/json", "{}")});
  const auto made = Sign(KeylessSigner(Services()), As(SignatureLayout::kBoth));
  EXPECT_THAT(Message(made.status()), HasSubstr("not attached in the legacy layout"));
  EXPECT_THAT(Message(made.status()), HasSubstr("attached already: bundle " + registry_->host()));
  EXPECT_EQ(Answer(ByWorkflow()), "yes");
}

TEST_F(ArtifactTest, AnIndexUnderTheSignatureTagIsNotOverwritten) {
  const std::string tag = oci::DigestTag(*artifact_->digest(), ".sig");
  const std::string index = R"({"schemaVersion":2,"manifests":[]})";
  const std::string digest =
      registry_->PutManifest("acme/app", "application/vnd.oci.image.index.v1+json", index);
  registry_->Tag("acme/app", tag, digest);
  EXPECT_THAT(Why(Sign(KeylessSigner(Services()), As(SignatureLayout::kLegacy))),
              HasSubstr("kept in an image manifest, and this is none"));
  EXPECT_EQ(registry_->store().Resolve("acme/app", tag), digest);
}

TEST_F(ArtifactTest, ASignatureTagThatCannotBeReadIsNotTakenForAbsent) {
  const std::string tag = oci::DigestTag(*artifact_->digest(), ".sig");
  registry_->AddFault({.method = "GET",
                       .path_glob = "*/manifests/" + tag,
                       .times = -1,
                       .respond = sandbox::MakeResponse(500, "text/plain", "x")});
  EXPECT_FALSE(Sign(KeylessSigner(Services()), As(SignatureLayout::kLegacy)).ok());
  EXPECT_FALSE(registry_->store().Resolve("acme/app", tag));
}

}  // namespace
}  // namespace chartseal::publisher
