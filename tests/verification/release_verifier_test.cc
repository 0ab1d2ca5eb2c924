#include "verifier/verification/release_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/release_fixture.h"
#include "verifier/base/limits.h"

// Releases against charts in a registry over HTTP, with real signatures.
namespace chartseal::verification {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kService[] = "apiVersion: v1\nkind: Service\nmetadata:\n  name: app\n";
constexpr char kManifest[] =
    "---\n# Source: app/templates/svc.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: app\n"
    "---\n# Source: app/templates/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: rel\n";

Files AppFiles(const std::string& version = "1.2.3") {
  return {{"Chart.yaml", Cat("apiVersion: v2\nname: app\nversion: ", version,
                             "\ndescription: A chart\nannotations:\n  example.test/a: \"1\"\n")},
          {"Chart.lock", "generated: \"2026-01-02T03:04:05Z\"\ndigest: sha256:00\ndependencies: []\n"},
          {"values.yaml", "replicas: 1\n"},
          {"values.schema.json", "{}"},
          {"templates/svc.yaml", kService},
          {"templates/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"},
          {"README.md", "# app\n"},
          {"crds/a.yaml", "kind: CustomResourceDefinition\n"}};
}

std::string AppTgz(const std::string& version = "1.2.3") { return TgzOf("app", AppFiles(version)); }

// `files` with the content of one replaced, or one more.
Files With(Files files, const std::string& name, const std::string& content) {
  for (auto& [path, bytes] : files) {
    if (path != name) continue;
    bytes = content;
    return files;
  }
  files.emplace_back(name, content);
  return files;
}

class ReleaseVerifierTest : public ReleaseTest {
 protected:
  json Record(const std::string& version = "1.2.3") { return RecordOf(AppTgz(version), kManifest); }
  std::string Verdict(const json& record) { return ReleaseTest::Verdict(ReadRecord(record)); }
};

// -- The chart that was signed.

TEST_F(ReleaseVerifierTest, OfTheSignedChartIsYes) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  EXPECT_EQ(Verdict(Record()), "yes");
  EXPECT_EQ(report_.chart, "app");
  EXPECT_EQ(report_.version, "1.2.3");
  ASSERT_NE(report_.place(), nullptr);
  EXPECT_EQ(report_.place()->repository, registry_.Place("charts/app"));
  EXPECT_EQ(report_.place()->tag, "1.2.3");
  EXPECT_EQ(report_.place()->digest, digest);
  ASSERT_THAT(report_.rulings, SizeIs(1));
  EXPECT_EQ(report_.rulings[0].policy, "release");
  EXPECT_EQ(report_.rulings[0].conclusion->signer, kIdentity);
  EXPECT_THAT(report_.place()->documents, SizeIs(2));
}

TEST_F(ReleaseVerifierTest, WhatUsersAndControllersMayChangeIsStillYes) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  json record = Record();
  record["config"] = {{"replicas", 7}};
  record["chart"]["values"] = {{"replicas", 9}};
  record["chart"]["metadata"]["annotations"]["fleet.cattle.io/commit"] = "c0ffee";
  record["info"]["status"] = "deployed";
  record["labels"] = {{"team", "a"}};
  EXPECT_EQ(Verdict(record), "yes");
  // A post-renderer took the sources away and changed what it liked.
  record["manifest"] = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: other\n";
  EXPECT_EQ(Verdict(record), "yes");
  EXPECT_FALSE(IsBound(report_.place()->documents.at(0)));
}

TEST_F(ReleaseVerifierTest, AStatedFingerprintSavesTheArchive) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  const chart::Release release = ReadRecord(Record());
  registry_.State("charts/app", digest, chart::ContentFingerprint(release.content));
  EXPECT_EQ(ReleaseTest::Verdict(release), "yes");
  EXPECT_TRUE(report_.place()->stated);
  EXPECT_EQ(report_.place()->fingerprint, report_.fingerprint);
  EXPECT_EQ(registry_.BlobRequests(), 2u) << "the two bundles; neither config nor archive";
}

TEST_F(ReleaseVerifierTest, AStatementOfOtherContentDoesNotOutweighTheSignedArchive) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  registry_.State("charts/app", digest, std::string(64, 'a'));
  EXPECT_EQ(Verdict(Record()), "yes");
  EXPECT_FALSE(report_.place()->stated);
  EXPECT_EQ(report_.place()->fingerprint, report_.fingerprint);
}

// -- Content.

TEST_F(ReleaseVerifierTest, EachPartThatDiffersIsNamed) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  const auto changed = [](const std::string& name, const std::string& content) {
    return RecordOf(TgzOf("app", With(AppFiles(), name, content)), kManifest);
  };
  json description = Record();
  description["chart"]["metadata"]["description"] = "Another";
  json annotation = Record();
  annotation["chart"]["metadata"]["annotations"]["example.test/b"] = "2";
  json lock = Record();
  lock["chart"]["lock"] = nullptr;
  json missing = Record();
  missing["chart"]["files"].erase(0);
  json data = Record();
  data["chart"]["templates"][0]["data"] = chart::Base64("kind: Pod\n");
  const std::vector<std::pair<json, std::string>> cases = {
      {changed("templates/cm.yaml", "kind: Evil\n"), "templates/cm.yaml differs"},
      {data, "templates/svc.yaml differs"},
      {changed("templates/more.yaml", "kind: Evil\n"), "does not have: templates/more.yaml"},
      {changed("README.md", "# evil\n"), "README.md differs"},
      {changed("crds/a.yaml", "kind: Evil\n"), "crds/a.yaml differs"},
      {changed("files/more", "x"), "does not have: files/more"},
      {missing, "of the signed chart is missing: "},
      {changed("values.schema.json", "{ }"), "schema differs"},
      {description, "metadata (description) differs"},
      {annotation, "metadata (annotations: example.test/b) differs"},
      {lock, "lock differs"},
  };
  for (const bool stated : {false, true}) {
    if (stated) {
      registry_.State("charts/app", digest, chart::ContentFingerprint(ReadRecord(Record()).content));
    }
    for (const auto& [record, part] : cases) {
      EXPECT_EQ(Verdict(record), "no chart-content-mismatch") << part;
      EXPECT_THAT(
          DenialLine(report_),
          AllOf(HasSubstr(part), HasSubstr(Cat(registry_.Place("charts/app"), ":1.2.3@", digest.ToString())),
                HasSubstr(kIdentity), HasSubstr("; next: ")));
      EXPECT_FALSE(report_.place()->stated);
      EXPECT_NE(report_.place()->fingerprint, report_.fingerprint) << part;
    }
  }
}

TEST_F(ReleaseVerifierTest, ADependencyThatWasNotSignedIsNo) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  json record = Record();
  record["chart"]["metadata"]["dependencies"] =
      json::array({{{"name", "evil"}, {"version", "1"}, {"repository", ""}, {"enabled", true}}});
  EXPECT_EQ(Verdict(record), "no chart-dependency-mismatch");
  EXPECT_THAT(DenialLine(report_), HasSubstr("no dependency \"evil\""));
}

TEST_F(ReleaseVerifierTest, AConfigBlobThatSaysSomethingElseIsCouldNotTell) {
  const crypto::Digest digest = registry_.Push("charts/app", "1.2.3", AppTgz(), R"({"name":"app"})");
  registry_.Attach("charts/app", digest, MintSignature(digest));
  EXPECT_EQ(Verdict(Record()), "could-not-tell chart-malformed");
}

TEST_F(ReleaseVerifierTest, AnImageUnderTheChartsNameIsNoChart) {
  const std::string digest = registry_.server().PutManifest(
      "charts/app", kImageManifest,
      Cat(R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")",
          registry_.server().PutBlob("charts/app", "{}"), R"(","size":2},"layers":[]})"));
  registry_.server().Tag("charts/app", "1.2.3", digest);
  const auto parsed = crypto::Digest::Parse(digest).value();
  registry_.Attach("charts/app", parsed, MintSignature(parsed));
  EXPECT_EQ(Verdict(Record()), "could-not-tell manifest-malformed");
}

// -- Who signed.

TEST_F(ReleaseVerifierTest, ByAnotherWorkflowIsNo) {
  const crypto::Digest digest = registry_.Push("charts/app", "1.2.3", AppTgz());
  registry_.Attach("charts/app", digest, MintSignatureBy(OtherWorkflow(), digest));
  EXPECT_EQ(Verdict(Record()), "no identity-mismatch");
  EXPECT_THAT(DenialLine(report_), AllOf(HasSubstr("evil/app"), HasSubstr("acme/app")));
  EXPECT_THAT(report_.place()->fingerprint, IsEmpty()) << "content plays no part then";
}

TEST_F(ReleaseVerifierTest, AnUnsignedChartIsNo) {
  registry_.Push("charts/app", "1.2.3", AppTgz());
  EXPECT_EQ(Verdict(Record()), "no no-signature");
  registry_.server().log().Clear();
  Verdict(Record());
  EXPECT_EQ(registry_.BlobRequests(), 0u) << "the archive of an unsigned chart is not even fetched";
}

TEST_F(ReleaseVerifierTest, AnAttestationOfContentIsNoSignature) {
  const crypto::Digest digest = registry_.Push("charts/app", "1.2.3", AppTgz());
  registry_.State("charts/app", digest, chart::ContentFingerprint(ReadRecord(Record()).content));
  EXPECT_EQ(Verdict(Record()), "no no-signature");
}

// -- Version and tag.

TEST_F(ReleaseVerifierTest, AMovedTagIsNoUnlessTheContentIsTheSame) {
  const json record = Record();
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  EXPECT_EQ(Verdict(record), "yes");
  registry_.PushSigned("charts/app", "1.2.3", TgzOf("app", With(AppFiles(), "README.md", "# new\n")));
  EXPECT_EQ(Verdict(record), "no chart-content-mismatch");
  // Packaged again: other values, which do not count, give another digest.
  const crypto::Digest again =
      registry_.PushSigned("charts/app", "1.2.3", TgzOf("app", With(AppFiles(), "values.yaml", "{}\n")));
  EXPECT_EQ(Verdict(record), "yes");
  EXPECT_EQ(report_.place()->digest, again);
}

TEST_F(ReleaseVerifierTest, AVersionThatIsNotThereIsNoAboutThePlace) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  EXPECT_EQ(Verdict(Record("1.2.4")), "no not-found");
  EXPECT_THAT(DenialLine(report_), HasSubstr(Cat(registry_.Place("charts/app"), ":1.2.4 signed by ")));
  EXPECT_EQ(report_.place()->digest, std::nullopt);
}

TEST_F(ReleaseVerifierTest, ATagWithAnotherVersionUnderItIsNo) {
  registry_.PushSigned("charts/app", "1.2.4", AppTgz("1.2.3"));
  EXPECT_EQ(Verdict(Record("1.2.4")), "no chart-content-mismatch");
  EXPECT_EQ(report_.rulings[0].detail, "metadata (version) differs");
  EXPECT_EQ(report_.rulings[0].found, "1.2.4");
}

TEST_F(ReleaseVerifierTest, AnEditedVersionIsOfAnotherChart) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  registry_.PushSigned("charts/app", "1.3.0", TgzOf("app", With(AppFiles("1.3.0"), "README.md", "# new\n")));
  json record = Record();
  record["chart"]["metadata"]["version"] = "1.3.0";
  EXPECT_EQ(Verdict(record), "no chart-content-mismatch");
  EXPECT_EQ(report_.rulings[0].detail, "README.md differs");
}

TEST_F(ReleaseVerifierTest, AVersionThatIsNoTagIsNotThere) {
  json record = Record();
  for (const std::string& version : {std::string("1.2.3+") + std::string(200, 'a'), std::string("-1"),
                                     std::string("1/2"), std::string("1:2@x\n")}) {
    record["chart"]["metadata"]["version"] = version;
    EXPECT_EQ(Verdict(record), "no not-found") << version;
    EXPECT_EQ(DenialLine(report_).find('\n'), std::string::npos);
  }
}

TEST_F(ReleaseVerifierTest, TheDigestThatFluxWritesIntoTheVersionMustBeThatOfTheTag) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  json record = Record();
  auto& version = record["chart"]["metadata"]["version"];
  version = Cat("1.2.3+", digest.hex().substr(0, 12));
  EXPECT_EQ(Verdict(record), "yes");
  EXPECT_EQ(report_.place()->tag, "1.2.3");
  EXPECT_EQ(report_.version, version);
  EXPECT_EQ(report_.fingerprint, chart::ContentFingerprint(ReadRecord(Record()).content));
  version = "1.2.3+000000000000";
  EXPECT_EQ(Verdict(record), "no chart-content-mismatch");
  EXPECT_EQ(report_.rulings[0].detail, "metadata (version) differs");
  EXPECT_THAT(report_.rulings[0].expected, HasSubstr(digest.hex().substr(0, 12)));
  for (const std::string& text :
       {Cat("1.2.3+", digest.hex().substr(0, 11)), Cat("1.2.3-", digest.hex().substr(0, 12)),
        Cat("1.2.4+", digest.hex().substr(0, 12))}) {
    version = text;
    EXPECT_EQ(Verdict(record), "no not-found") << text;
  }
}

TEST_F(ReleaseVerifierTest, TheDigestOfFluxIsUndoneForAStatedFingerprintToo) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  registry_.State("charts/app", digest, chart::ContentFingerprint(ReadRecord(Record()).content));
  json record = Record();
  record["chart"]["metadata"]["version"] = Cat("1.2.3+", digest.hex().substr(0, 12));
  EXPECT_EQ(Verdict(record), "yes");
  EXPECT_TRUE(report_.place()->stated);
  record["chart"]["metadata"]["version"] = "1.2.3+000000000000";
  EXPECT_EQ(Verdict(record), "no chart-content-mismatch");
}

TEST_F(ReleaseVerifierTest, BuildMetadataThatLooksLikeADigestIsTriedAsSuch) {
  registry_.PushSigned("charts/app", "1.2.3_0123456789ab", AppTgz("1.2.3+0123456789ab"));
  EXPECT_EQ(Verdict(Record("1.2.3+0123456789ab")), "yes");
  EXPECT_EQ(report_.place()->tag, "1.2.3_0123456789ab");
  // A release of the same version without it changes nothing.
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  EXPECT_EQ(Verdict(Record("1.2.3+0123456789ab")), "yes");
}

TEST_F(ReleaseVerifierTest, BuildMetadataThatFluxReplacedIsFoundByTheDigest) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3_b.1", AppTgz("1.2.3+b.1"));
  registry_.PushSigned("charts/app", "1.2.3_b.2",
                       TgzOf("app", With(AppFiles("1.2.3+b.2"), "README.md", "# new\n")));
  json record = Record();
  auto& version = record["chart"]["metadata"]["version"];
  version = Cat("1.2.3+", digest.hex().substr(0, 12));
  EXPECT_EQ(Verdict(record), "yes");
  EXPECT_EQ(report_.place()->tag, "1.2.3_b.1");
  EXPECT_EQ(report_.fingerprint, chart::ContentFingerprint(ReadRecord(Record("1.2.3+b.1")).content));
  // A release without build metadata beside them, which is not the one that was installed.
  registry_.PushSigned("charts/app", "1.2.3", AppTgz("1.2.3"));
  EXPECT_EQ(Verdict(record), "yes");
  EXPECT_EQ(report_.place()->tag, "1.2.3_b.1");
  record["chart"]["files"].erase(0);
  EXPECT_EQ(Verdict(record), "no chart-content-mismatch");
  version = "1.2.3+000000000000";
  EXPECT_EQ(Verdict(record), "no chart-content-mismatch");
  version = "1.2.4+000000000000";
  EXPECT_EQ(Verdict(record), "no not-found");
  registry_.server().AddFault(
      {.path_glob = "*/tags/list", .times = -1, .respond = sandbox::MakeResponse(500, "text/plain", "")});
  EXPECT_EQ(Verdict(record), "could-not-tell registry-error");
}

TEST_F(ReleaseVerifierTest, OfMoreTagsThanTheLimitNobodyKnows) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3_0", AppTgz());
  for (size_t i = 1; i <= limits::kMaxResolvedTags; ++i) {
    registry_.server().Tag("charts/app", Cat("1.2.3_", i), digest.ToString());
  }
  json record = Record();
  record["chart"]["metadata"]["version"] = "1.2.3+000000000000";
  EXPECT_EQ(Verdict(record), "could-not-tell limit-exceeded");
}

// -- Registries that do not answer.

TEST_F(ReleaseVerifierTest, ARegistryThatFailsIsCouldNotTellAndNamed) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  registry_.server().AddFault(
      {.path_glob = "*", .times = -1, .respond = sandbox::MakeResponse(503, "text/plain", "")});
  EXPECT_EQ(Verdict(Record()), "could-not-tell registry-error");
  EXPECT_THAT(DenialLine(report_), AllOf(HasSubstr("could not tell: registry-error"),
                                         HasSubstr(registry_.host()), HasSubstr("check the way to")));
}

TEST_F(ReleaseVerifierTest, ARegistryThatIsGoneIsCouldNotTell) {
  policies_ = PoliciesOf({{.charts = "127.0.0.1:1/charts/*"}});
  EXPECT_EQ(Verdict(Record()), "could-not-tell registry-unreachable");
}

TEST_F(ReleaseVerifierTest, AnArchiveThatCannotBeHadIsCouldNotTell) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  registry_.server().AddFault({.path_glob = Cat("*/blobs/", crypto::Digest::Sha256Of(AppTgz()).ToString()),
                               .times = -1,
                               .respond = sandbox::MakeResponse(500, "text/plain", "")});
  EXPECT_EQ(Verdict(Record()), "could-not-tell registry-error");
  // With a statement nobody needs it, unless content differs.
  registry_.State("charts/app", digest, chart::ContentFingerprint(ReadRecord(Record()).content));
  EXPECT_EQ(Verdict(Record()), "yes");
  json record = Record();
  record["chart"]["files"].erase(0);
  EXPECT_EQ(Verdict(record), "could-not-tell registry-error");
}

TEST_F(ReleaseVerifierTest, TheDeadlineEndsIt) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  registry_.server().AddFault({.path_glob = "*", .times = -1, .delay = absl::Minutes(2)});
  const absl::Time begin = absl::Now();
  const ReleaseReport report = Verify(ReadRecord(Record()), begin + absl::Milliseconds(200));
  EXPECT_LT(absl::Now() - begin, absl::Minutes(1));
  EXPECT_EQ(Told(report), "could-not-tell deadline-exceeded");
  EXPECT_THAT(DenialLine(report), HasSubstr("could not tell: deadline-exceeded"));
}

}  // namespace
}  // namespace chartseal::verification
