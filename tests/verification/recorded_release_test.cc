#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "test_directories.h"
#include "tests/verification/release_fixture.h"
#include "verifier/base/file.h"
#include "verifier/base/strict_json.h"
#include "verifier/chart/release_object.h"

// Releases that real helm recorded, held against the chart that they are of.
namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kVectors = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";

std::string Content(const std::string& name) {
  auto bytes = ReadFile(kVectors + name, 1 << 20);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

struct Recorded {
  std::string file;
  std::string fingerprint;
  chart::Release release;
};

Recorded ReadRecorded(const std::string& file) {
  const Node root = ParseJson(Content(file), file).value();
  const std::string encoded = chart::EncodedReleaseOf(*root.Find("secret"), file).value();
  return {file, std::string(root.StringOr("fingerprint")), chart::ReadRelease(encoded, file).value()};
}

std::vector<Recorded> AllRecorded() {
  std::vector<Recorded> out;
  for (const auto& entry : std::filesystem::directory_iterator(kVectors)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("helm-")) out.push_back(ReadRecorded(name));
  }
  return out;
}

class RecordedRelease : public ReleaseTest {
 protected:
  void SetUp() override {
    digest_ = registry_.PushSigned("charts/tracecore", "0.3.1", Content("tracecore-0.3.1.tgz"));
  }
  crypto::Digest digest_ = crypto::Digest::Sha256Of("");
};

TEST_F(RecordedRelease, EachIsOfTheSignedChartWhateverHelmDid) {
  SetPolicy({.unbound = "allow"});
  const std::vector<Recorded> all = AllRecorded();
  ASSERT_THAT(all, SizeIs(24));
  for (const Recorded& recorded : all) {
    EXPECT_EQ(Verdict(recorded.release), "yes") << recorded.file;
    EXPECT_EQ(report_.fingerprint, recorded.fingerprint) << recorded.file;
    ASSERT_THAT(report_.places, SizeIs(1));
    EXPECT_EQ(report_.decisive, 0u);
    EXPECT_EQ(report_.place()->digest, digest_);
    EXPECT_EQ(report_.place()->fingerprint, recorded.fingerprint);
    EXPECT_FALSE(report_.place()->stated);
  }
}

TEST_F(RecordedRelease, WhatItsVendoredSubchartRenderedIsUnboundAsThePolicySays) {
  const Recorded recorded = ReadRecorded("helm-4.1-01-post-pending-install-rev1.json");
  EXPECT_EQ(Verdict(recorded.release), "no subchart-unbound");
  EXPECT_THAT(DenialLine(report_),
              HasSubstr("tracecore/charts/subby/templates/cm.yaml (v1 ConfigMap rel-sub)"));
  SetPolicy({.unbound = "warn"});
  EXPECT_EQ(Verdict(recorded.release), "yes, warned");
  ASSERT_THAT(report_.warnings, SizeIs(1));
  EXPECT_EQ(report_.warnings[0].reason, Reason::kSubchartUnbound);
  EXPECT_EQ(report_.warnings[0].effect, Effect::kWarn);
  EXPECT_EQ(report_.warnings[0].answer, Answer::kNo);
  EXPECT_EQ(report_.warnings[0].policy, "release");
  SetPolicy({.unbound = "allow"});
  EXPECT_EQ(Verdict(recorded.release), "yes");
}

TEST_F(RecordedRelease, EachDocumentIsSaidToBeBoundOrNot) {
  SetPolicy({.unbound = "allow"});
  Verdict(ReadRecorded("helm-3.16-01-post-pending-install-rev1.json").release);
  std::vector<std::string> told;
  for (const chart::DocumentBinding& document : report_.place()->documents) {
    told.push_back(Cat(IsBound(document) ? "bound " : "unbound ", document.object));
  }
  EXPECT_THAT(told,
              testing::UnorderedElementsAre("bound v1 ServiceAccount rel-sa", "unbound v1 ConfigMap rel-sub",
                                            "bound v1 ConfigMap rel-cm", "bound apps/v1 Deployment rel-app",
                                            "bound v1 ConfigMap rel-post", "bound v1 Pod rel-test",
                                            "bound batch/v1 Job rel-pre"));
}

TEST_F(RecordedRelease, TheDenialNamesRepositoryDigestAndSigner) {
  Recorded recorded = ReadRecorded("helm-3.16-01-post-pending-install-rev1.json");
  recorded.release.content.templates[0].sha256 = std::string(64, '0');
  EXPECT_EQ(Verdict(recorded.release), "no chart-content-mismatch");
  const std::string line = DenialLine(report_);
  EXPECT_THAT(line, HasSubstr("chart tracecore 0.3.1: chart-content-mismatch: templates/"));
  EXPECT_THAT(line, HasSubstr(Cat(registry_.Place("charts/tracecore"), ":0.3.1@", digest_.ToString())));
  EXPECT_THAT(line, HasSubstr(std::string(kIdentity)));
  EXPECT_THAT(line, HasSubstr(std::string(kIssuer)));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST_F(RecordedRelease, OfTheSpecificationsTestVectorIsOfItsChart) {
  const std::string tgz = Content("vec-0.1.0+b.1.tgz");
  const auto release = chart::ReadReleaseJson(Content("vec-release-object.json"), "vec");
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(Verdict(*release), "no not-found");
  // spec/helm-oci-kubernetes.md §9.1: "+" is "_" in a tag.
  registry_.PushSigned("charts/vec", "0.1.0_b.1", tgz);
  EXPECT_EQ(Verdict(*release), "yes");
  EXPECT_EQ(report_.place()->tag, "0.1.0_b.1");
  EXPECT_EQ(report_.fingerprint, "4985759249a9d440d16e243bcd48e0b545942944ed84bce99f0fa9e042ba7e19");
  EXPECT_THAT(DenialLine(report_), IsEmpty());
}

}  // namespace
}  // namespace chartseal::verification
