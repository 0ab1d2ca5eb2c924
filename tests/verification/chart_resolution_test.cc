#include "verifier/verification/chart_resolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/memory_source.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::verification {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using workload::ChartVersion;
using workload::VersionRules;

class ChartResolutionTest : public testing::Test {
 protected:
  ChartResolutionTest() { Tag({"1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1", "latest"}); }

  // Each of its own content.
  void Tag(const std::vector<std::string>& tags) {
    for (const std::string& tag : tags) source_.Tag(tag, ContentOf(tag));
  }
  static crypto::Digest ContentOf(const std::string& tag) { return crypto::Digest::Sha256Of(tag); }

  static ChartVersion Version(const std::string& text, VersionRules rules = VersionRules::kHelm) {
    ChartVersion version;
    version.kind = ChartVersion::Kind::kVersion;
    version.text = text;
    version.rules = rules;
    return version;
  }
  static ChartVersion TagVersion(const std::string& text) {
    ChartVersion version = Version(text);
    version.kind = ChartVersion::Kind::kTag;
    return version;
  }
  static ChartVersion DigestVersion(const crypto::Digest& digest, const std::string& tag = "") {
    ChartVersion version = Version(tag);
    version.kind = ChartVersion::Kind::kDigest;
    version.digest = digest;
    return version;
  }

  // The tag, when the digest is its own; else the reason.
  std::string Found(const ChartVersion& version) {
    const auto resolved = ResolveChart(source_, repository_, version, absl::InfiniteFuture());
    if (!resolved.ok()) return Cat("could not tell: ", Name(ReasonOf(resolved.status())));
    if (!resolved->ok()) return Cat("no: ", Name(resolved->rejection().reason));
    const ResolvedChart& chart = **resolved;
    EXPECT_TRUE(chart.tag.empty() || chart.digest == ContentOf(chart.tag));
    return chart.tag;
  }

  MemorySource source_;
  const oci::Reference repository_ = oci::Reference::Parse("oci://registry.test/charts/app").value();
};

TEST_F(ChartResolutionTest, ADigestIsTakenWithoutAsking) {
  EXPECT_EQ(Found(DigestVersion(ContentOf("1.0.0"))), "");
  EXPECT_THAT(source_.asked(), IsEmpty());
}

TEST_F(ChartResolutionTest, ATagBesideADigestHasToNameTheSame) {
  EXPECT_EQ(Found(DigestVersion(ContentOf("1.0.0"), "1.0.0")), "1.0.0");
  EXPECT_EQ(Found(DigestVersion(ContentOf("1.0.0"), "1.2.0")), "no: tag-conflict");
  EXPECT_EQ(Found(DigestVersion(ContentOf("1.0.0"), "gone")), "") << "the digest stands alone then";
  source_.Fail("resolve 1.0.0", WithReason(absl::UnavailableError("x"), Reason::kUnreachable));
  EXPECT_EQ(Found(DigestVersion(ContentOf("1.0.0"), "1.0.0")), "could not tell: registry-unreachable");
}

TEST_F(ChartResolutionTest, ATagIsAskedForAsItIs) {
  EXPECT_EQ(Found(TagVersion("latest")), "latest");
  EXPECT_EQ(Found(TagVersion("1.2.0")), "1.2.0");
  EXPECT_EQ(Found(TagVersion("1.2")), "could not tell: not-found");
  EXPECT_EQ(source_.Count("tags"), 0);
}

TEST_F(ChartResolutionTest, OneVersionIsItsTagWithoutALookAtTheList) {
  Tag({"1.0.0_b.1"});
  EXPECT_EQ(Found(Version("1.2.0")), "1.2.0");
  EXPECT_EQ(Found(Version("1.0.0+b.1")), "1.0.0_b.1");
  EXPECT_EQ(Found(Version("2.0.0-rc.1")), "2.0.0-rc.1");
  EXPECT_EQ(source_.Count("tags"), 0);
  EXPECT_EQ(Found(Version("9.9.9")), "could not tell: not-found");
  EXPECT_EQ(source_.Count("tags"), 0);
}

TEST_F(ChartResolutionTest, ARangeIsTheNewestStableVersionInIt) {
  EXPECT_EQ(Found(Version("")), "1.10.0");
  EXPECT_EQ(Found(Version("*")), "1.10.0");
  EXPECT_EQ(Found(Version(">=1.0.0 <1.10")), "1.2.0");
  EXPECT_EQ(Found(Version("1.x")), "1.10.0");
  EXPECT_EQ(Found(Version(">=1.0.0-0")), "2.0.0-rc.1");
  EXPECT_EQ(Found(Version("3.x")), "could not tell: version-unknown");
  EXPECT_EQ(Found(Version("!!")), "could not tell: chart-source-malformed");
}

TEST_F(ChartResolutionTest, AShortVersionIsATagOrARange) {
  EXPECT_EQ(Found(Version("1.2")), "1.2.0");
  Tag({"1.2"});
  EXPECT_EQ(Found(Version("1.2")), "1.2");
}

TEST_F(ChartResolutionTest, WhatIsNoVersionIsNotInAnyRangeOfHelm) {
  Tag({"v9.0.0", "8", "sha256-aaaa.sig"});
  EXPECT_EQ(Found(Version("*")), "1.10.0");
  EXPECT_EQ(Found(Version("", VersionRules::kArgoHelm)), "v9.0.0");
}

TEST_F(ChartResolutionTest, FluxTakesVInFrontAndPlusOnlyForCharts) {
  Tag({"v1.11.0", "1.12.0_b"});
  EXPECT_EQ(Found(Version("1.x", VersionRules::kFlux)), "v1.11.0");
  EXPECT_EQ(Found(Version("1.x", VersionRules::kFluxChart)), "1.12.0_b");
  EXPECT_EQ(Found(Version("1.2.0", VersionRules::kFlux)), "1.2.0");
}

TEST_F(ChartResolutionTest, ToFluxOneVersionIsARange) {
  Tag({"v1.2.0"});
  EXPECT_EQ(Found(Version("1.2.0", VersionRules::kFlux)), "could not tell: chart-source-unresolved");
  source_.Tag("v1.2.0", ContentOf("1.2.0"));
  const auto same =
      ResolveChart(source_, repository_, Version("1.2.0", VersionRules::kFlux), absl::InfiniteFuture());
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ((**same).digest, ContentOf("1.2.0"));
}

TEST_F(ChartResolutionTest, AFilterIsSearchedForInTags) {
  Tag({"1.3.0-prod", "1.4.0-test"});
  ChartVersion version = Version(">=1.0.0-0 <2", VersionRules::kFlux);
  version.filter = "-prod";
  EXPECT_EQ(Found(version), "1.3.0-prod");
  version.filter = "^nothing$";
  EXPECT_EQ(Found(version), "could not tell: version-unknown");
  version.filter = "(";
  EXPECT_EQ(Found(version), "could not tell: chart-source-malformed");
}

TEST_F(ChartResolutionTest, ArgoTakesATagFirstForArtifactsAndNotForCharts) {
  Tag({"1.x", "stable"});
  EXPECT_EQ(Found(Version("1.x", VersionRules::kArgoOci)), "1.x");
  EXPECT_EQ(Found(Version("1.x", VersionRules::kArgoHelm)), "1.10.0");
  EXPECT_EQ(Found(Version("stable", VersionRules::kArgoOci)), "stable");
  EXPECT_EQ(Found(Version("stable", VersionRules::kArgoHelm)), "stable");
  EXPECT_EQ(Found(Version("gone", VersionRules::kArgoOci)), "could not tell: not-found");
}

TEST_F(ChartResolutionTest, VersionsThatDifferInBuildAloneAreOneOnlyWhenTheirContentIs) {
  Tag({"3.0.0_a", "3.0.0_b"});
  EXPECT_EQ(Found(Version("3.x")), "could not tell: chart-source-unresolved");
  source_.Tag("3.0.0_b", ContentOf("3.0.0_a"));
  EXPECT_EQ(Found(Version("3.x")), "3.0.0_a");
}

TEST_F(ChartResolutionTest, TooManyNewestAreNotResolved) {
  for (size_t i = 0; i <= limits::kMaxResolvedTags; ++i) source_.Tag(Cat("3.0.0_", i), ContentOf("same"));
  EXPECT_EQ(Found(Version("3.x")), "could not tell: chart-source-unresolved");
  EXPECT_EQ(source_.Count("resolve"), 0);
}

TEST_F(ChartResolutionTest, WhatIsToldLaterIsNotAskedFor) {
  ChartVersion version;
  EXPECT_EQ(Found(version), "could not tell: chart-source-unresolved");
  version.kind = ChartVersion::Kind::kUntold;
  EXPECT_EQ(Found(version), "could not tell: chart-source-unresolved");
  EXPECT_THAT(source_.asked(), IsEmpty());
}

TEST_F(ChartResolutionTest, ARegistryThatCannotBeAskedIsCouldNotTell) {
  source_.Fail("tags", WithReason(absl::UnavailableError("x"), Reason::kUnreachable));
  EXPECT_EQ(Found(Version("1.x")), "could not tell: registry-unreachable");
  source_.Fail("resolve 1.2.0", WithReason(absl::UnauthenticatedError("x"), Reason::kUnauthorized));
  EXPECT_EQ(Found(Version("1.2.0")), "could not tell: registry-unauthorized");
}

}  // namespace
}  // namespace chartseal::verification
