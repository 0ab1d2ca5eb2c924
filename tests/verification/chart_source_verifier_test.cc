#include "verifier/verification/chart_source_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "tests/verification/fake_charts.h"
#include "tests/verification/memory_source.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::verification {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using workload::ChartSource;
using workload::ChartVersion;

constexpr char kRepository[] = "registry.test/charts/app";
constexpr char kAuthorities[] =
    "  authorities:\n  - keyless: { identities: [{ issuer: \"https://i.test\", subject: \"https://s.test\" "
    "}] }\n";

// One policy over the chart, with these fields.
std::string PolicyYaml(const std::string& name, const std::string& fields) {
  return Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: ", name,
             " }\nspec:\n  match: { charts: [\"registry.test/charts/*\"], namespaces: [shop] }\n", fields,
             kAuthorities);
}

class ChartSourceVerifierTest : public testing::Test {
 protected:
  ChartSourceVerifierTest() {
    for (const char* tag : {"1.0.0", "1.2.0"}) Publish(tag);
    Set(PolicyYaml("strict", ""));
  }

  void Set(const std::string& yaml) {
    auto set = policy::ParsePolicyFile(yaml, "p.yaml");
    ASSERT_TRUE(set.ok()) << set.status();
    policies_ = *std::move(set);
  }
  crypto::Digest Publish(const std::string& tag) {
    const auto digest = crypto::Digest::Sha256Of(tag);
    tags_.Tag(tag, digest);
    charts_.At(NameOf(tag));
    return digest;
  }
  // As the verifier asks for it.
  static std::string NameOf(const std::string& tag) {
    return Cat(kRepository, "@", crypto::Digest::Sha256Of(tag).ToString());
  }

  static ChartSource Source(const std::string& version, const std::string& repository = kRepository) {
    ChartSource source;
    source.path = "spec.source";
    source.chart = repository;
    source.origin = ChartSource::Origin::kRegistry;
    source.repository = oci::Reference::Parse("oci://" + repository).value();
    source.version.kind = ChartVersion::Kind::kVersion;
    source.version.text = version;
    return source;
  }
  static ChartSource Of(ChartSource::Origin origin) {
    ChartSource source;
    source.chart = "app";
    source.origin = origin;
    source.why = "for some reason";
    return source;
  }

  ChartSourceReport Verify(const ChartSource& source, bool pins = false) {
    RegistryResolver resolver(tags_);
    return VerifyChartSource(source, Setting(pins), resolver, charts_, absl::InfiniteFuture());
  }
  ChartSourceSetting Setting(bool pins = false) const {
    return {.place = {.policies = policies_, .namespace_name = namespace_}, .pins = pins};
  }

  // "strict enforce no identity-mismatch" of each ruling.
  static std::vector<std::string> Said(const ChartSourceReport& report) {
    std::vector<std::string> said;
    for (const Ruling& ruling : report.rulings) {
      said.push_back(Cat(ruling.policy, " ", Name(ruling.effect), " ", Name(ruling.answer),
                         ruling.reason == Reason::kNone ? "" : Cat(" ", Name(ruling.reason))));
    }
    return said;
  }

  policy::PolicySet policies_;
  std::string namespace_ = "shop";
  MemorySource tags_;
  FakeCharts charts_;
};

// -- Charts of registries.

TEST_F(ChartSourceVerifierTest, WhatTheControllerWouldTakeIsAskedAboutByDigest) {
  const ChartSourceReport report = Verify(Source("1.x"));
  EXPECT_THAT(Said(report), ElementsAre("strict enforce yes"));
  EXPECT_EQ(report.repository, kRepository);
  EXPECT_EQ(report.version, "1.2.0");
  EXPECT_EQ(report.digest, crypto::Digest::Sha256Of("1.2.0"));
  EXPECT_FALSE(report.pinnable);
  EXPECT_THAT(charts_.asked(), ElementsAre(NameOf("1.2.0")));
}

TEST_F(ChartSourceVerifierTest, ANewerTagIsWhatCounts) {
  Publish("1.3.0");
  charts_.At(NameOf("1.3.0")).refused_by = {"strict"};
  EXPECT_THAT(Said(Verify(Source("1.x"))), ElementsAre("strict enforce no identity-mismatch"));
  EXPECT_THAT(Said(Verify(Source("1.2.0"))), ElementsAre("strict enforce yes"));
}

TEST_F(ChartSourceVerifierTest, EveryPolicyThatCoversItIsAsked) {
  Set(PolicyYaml("strict", "") + "---\n" + PolicyYaml("soft", "  mode: warn\n"));
  charts_.At(NameOf("1.2.0")).untold_by = {"soft"};
  EXPECT_THAT(Said(Verify(Source("1.2.0"))),
              ElementsAre("strict enforce yes", "soft warn could-not-tell registry-unreachable"));
}

TEST_F(ChartSourceVerifierTest, WhatNoPolicyCoversFollowsNoMatchWithoutARequest) {
  EXPECT_THAT(Said(Verify(Source("1.2.0", "other.test/charts/app"))),
              ElementsAre(" enforce no no-policy-matches"));
  namespace_ = "elsewhere";
  EXPECT_THAT(Said(Verify(Source("1.2.0"))), ElementsAre(" enforce no no-policy-matches"));
  policies_.no_match = policy::NoMatch::kWarn;
  EXPECT_THAT(Said(Verify(Source("1.2.0"))), ElementsAre(" warn no no-policy-matches"));
  EXPECT_THAT(tags_.asked(), IsEmpty());
  EXPECT_THAT(charts_.asked(), IsEmpty());
}

TEST_F(ChartSourceVerifierTest, WhatCannotBeResolvedIsCouldNotTell) {
  EXPECT_THAT(Said(Verify(Source("9.x"))), ElementsAre("strict enforce could-not-tell version-unknown"));
  EXPECT_THAT(Said(Verify(Source("9.9.9"))), ElementsAre("strict enforce could-not-tell not-found"));
  tags_.Fail("tags", WithReason(absl::UnavailableError("x"), Reason::kUnreachable));
  EXPECT_THAT(Said(Verify(Source("1.x"))), ElementsAre("strict enforce could-not-tell registry-unreachable"));
  charts_.Fail(NameOf("1.0.0"), WithReason(absl::UnavailableError("x"), Reason::kUnreachable));
  EXPECT_THAT(Said(Verify(Source("1.0.0"))),
              ElementsAre("strict enforce could-not-tell registry-unreachable"));
}

TEST_F(ChartSourceVerifierTest, ATagThatContradictsTheDigestBesideItIsANo) {
  ChartSource source = Source("1.0.0");
  source.version.kind = ChartVersion::Kind::kDigest;
  source.version.digest = crypto::Digest::Sha256Of("1.2.0");
  EXPECT_THAT(Said(Verify(source)), ElementsAre("strict enforce no tag-conflict"));
  source.version.text = "1.2.0";
  EXPECT_THAT(Said(Verify(source)), ElementsAre("strict enforce yes"));
}

// -- Pins.

TEST_F(ChartSourceVerifierTest, ARangeIsNotPinnedWherePolicyAsksForPins) {
  Set(PolicyYaml("strict", "  gitOps: { requirePin: deny }\n"));
  EXPECT_THAT(Said(Verify(Source("1.x"))),
              ElementsAre("strict enforce yes", "strict enforce no chart-not-pinned"));
  EXPECT_THAT(Said(Verify(Source(""))),
              ElementsAre("strict enforce yes", "strict enforce no chart-not-pinned"));
  EXPECT_THAT(Said(Verify(Source("1.2.0"))), ElementsAre("strict enforce yes"));
  ChartSource digest = Source("");
  digest.version.kind = ChartVersion::Kind::kDigest;
  digest.version.digest = crypto::Digest::Sha256Of("1.2.0");
  EXPECT_THAT(Said(Verify(digest)), ElementsAre("strict enforce yes"));
}

TEST_F(ChartSourceVerifierTest, APolicyThatWarnsNeverDeniesForWantOfAPin) {
  Set(PolicyYaml("soft", "  mode: warn\n  gitOps: { requirePin: deny }\n"));
  EXPECT_THAT(Said(Verify(Source("1.x"))), ElementsAre("soft warn yes", "soft warn no chart-not-pinned"));
  Set(PolicyYaml("strict", "  gitOps: { requirePin: warn }\n"));
  EXPECT_THAT(Said(Verify(Source("1.x"))),
              ElementsAre("strict enforce yes", "strict warn no chart-not-pinned"));
}

TEST_F(ChartSourceVerifierTest, OnlyWhatEveryPolicyAcceptsAndWantsPinnedIsPinnable) {
  ChartSource source = Source("1.x");
  source.pin.emplace();
  EXPECT_FALSE(Verify(source).pinnable) << "policy does not want it";
  Set(PolicyYaml("strict", "  gitOps: { pin: true }\n"));
  EXPECT_TRUE(Verify(source).pinnable);
  EXPECT_FALSE(Verify(Source("1.x")).pinnable) << "no field for it";
  charts_.At(NameOf("1.2.0")).refused_by = {"strict"};
  EXPECT_FALSE(Verify(source).pinnable) << "not accepted";
  charts_.At(NameOf("1.2.0")).refused_by = {};
  Set(PolicyYaml("strict", "  gitOps: { pin: true }\n") + "---\n" + PolicyYaml("other", ""));
  EXPECT_FALSE(Verify(source).pinnable) << "one policy does not want it";
}

TEST_F(ChartSourceVerifierTest, WhatIsAboutToBePinnedIsPinned) {
  Set(PolicyYaml("strict", "  gitOps: { pin: true, requirePin: deny }\n"));
  ChartSource source = Source("1.x");
  source.pin.emplace();
  EXPECT_THAT(Said(Verify(source, true)), ElementsAre("strict enforce yes"));
  EXPECT_THAT(Said(Verify(source, false)),
              ElementsAre("strict enforce yes", "strict enforce no chart-not-pinned"));
  EXPECT_THAT(Said(Verify(Source("1.x"), true)),
              ElementsAre("strict enforce yes", "strict enforce no chart-not-pinned"))
      << "there is no field for it";
}

// -- Charts that need not be asked about.

TEST_F(ChartSourceVerifierTest, WhatDoesNotComeFromARegistryFollowsNoMatch) {
  EXPECT_THAT(Said(Verify(Of(ChartSource::Origin::kElsewhere))),
              ElementsAre(" enforce no chart-source-unverifiable"));
  policies_.no_match = policy::NoMatch::kAllow;
  EXPECT_THAT(Said(Verify(Of(ChartSource::Origin::kElsewhere))),
              ElementsAre(" allow no chart-source-unverifiable"));
}

TEST_F(ChartSourceVerifierTest, WhatIsToldLaterFollowsRequirePin) {
  const ChartSource untold = Of(ChartSource::Origin::kUntold);
  ChartSource version = Source("{{version}}");
  version.version.kind = ChartVersion::Kind::kUntold;
  for (const ChartSource& source : {untold, version}) {
    Set(PolicyYaml("strict", ""));
    EXPECT_THAT(Said(Verify(source)), IsEmpty());
    Set(PolicyYaml("strict", "  gitOps: { requirePin: warn }\n"));
    EXPECT_THAT(Said(Verify(source)), ElementsAre("strict warn could-not-tell chart-source-unresolved"));
    Set(PolicyYaml("strict", "  gitOps: { requirePin: deny }\n"));
    EXPECT_THAT(Said(Verify(source)), ElementsAre("strict enforce could-not-tell chart-source-unresolved"));
  }
  namespace_ = "elsewhere";
  EXPECT_THAT(Said(Verify(untold)), IsEmpty());
  EXPECT_THAT(tags_.asked(), IsEmpty());
}

// -- Charts of other objects.

// A chart "app" of a HelmRepository.
ChartSource OfHelmRepository(const std::string& version, const std::string& chart = "app") {
  ChartSource source;
  source.chart = chart;
  source.origin = ChartSource::Origin::kOtherObject;
  source.version.kind = ChartVersion::Kind::kVersion;
  source.version.text = version;
  return source;
}

TEST_F(ChartSourceVerifierTest, WhatAnotherObjectTellsIsJudgedThere) {
  Set(PolicyYaml("strict", "  gitOps: { requirePin: deny }\n"));
  EXPECT_THAT(Said(Verify(Of(ChartSource::Origin::kOtherObject))), IsEmpty());
  EXPECT_THAT(tags_.asked(), IsEmpty());
}

TEST_F(ChartSourceVerifierTest, AChartOfAHelmRepositoryIsLookedForWherePoliciesLetItLie) {
  const ChartSourceReport report = Verify(OfHelmRepository("1.x"));
  EXPECT_THAT(Said(report), ElementsAre("strict enforce yes"));
  EXPECT_EQ(report.repository, kRepository);
  EXPECT_EQ(report.digest, crypto::Digest::Sha256Of("1.2.0"));
  charts_.At(NameOf("1.2.0")).refused_by = {"strict"};
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.x"))), ElementsAre("strict enforce no identity-mismatch"));
  EXPECT_THAT(Said(Verify(OfHelmRepository("9.9.9"))),
              ElementsAre("strict enforce could-not-tell not-found"));
  Set(PolicyYaml("strict", "  gitOps: { requirePin: deny }\n"));
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.0.0"))), ElementsAre("strict enforce yes"));
  EXPECT_THAT(Said(Verify(OfHelmRepository("<1.1"))),
              ElementsAre("strict enforce yes", "strict enforce no chart-not-pinned"));
}

// Flux joins the URL and the name, which may have directories of its own.
TEST_F(ChartSourceVerifierTest, DirectoriesInTheNameOfAChartAreThoseOfItsPlace) {
  const auto set = [&](const std::string& glob) {
    Set(absl::StrReplaceAll(PolicyYaml("strict", ""), {{"registry.test/charts/*", glob}}));
  };
  const std::string there =
      Cat("registry.test/charts/sub/app@", crypto::Digest::Sha256Of("1.2.0").ToString());
  charts_.At(there);
  for (const char* glob : {"registry.test/charts/sub/*", "registry.test/charts/sub/app"}) {
    set(glob);
    const ChartSourceReport report = Verify(OfHelmRepository("1.2.0", "sub/app"));
    EXPECT_THAT(Said(report), ElementsAre("strict enforce yes")) << glob;
    EXPECT_EQ(report.repository, "registry.test/charts/sub/app");
  }
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.2.0", "charts/sub/app"))), ElementsAre("strict enforce yes"));
  charts_.At(there).refused_by = {"strict"};
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.2.0", "sub/app"))),
              ElementsAre("strict enforce no identity-mismatch"));
  for (const char* name : {"other/app", "sub/web", "b/app", "/app", "../sub/app", "sub//app"}) {
    EXPECT_THAT(Said(Verify(OfHelmRepository("1.2.0", name))), ElementsAre(" enforce no no-policy-matches"))
        << name;
  }
}

TEST_F(ChartSourceVerifierTest, OnePlaceThatHasTheSignedChartIsEnough) {
  const std::string other = Cat(PolicyYaml("other", ""));
  Set(PolicyYaml("strict", "") + "---\n" + absl::StrReplaceAll(other, {{"test/charts/*", "test/a/*"}}));
  charts_.Fail(Cat("registry.test/a/app@", crypto::Digest::Sha256Of("1.2.0").ToString()),
               WithReason(absl::UnavailableError("x"), Reason::kUnreachable));
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.2.0"))), ElementsAre("strict enforce yes"));
  charts_.At(NameOf("1.2.0")).refused_by = {"strict"};
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.2.0"))),
              ElementsAre("other enforce could-not-tell registry-unreachable"));
}

TEST_F(ChartSourceVerifierTest, AChartThatMayLieNowhereFollowsNoMatchUnlessPoliciesLeavePlacesOpen) {
  Set(absl::StrReplaceAll(PolicyYaml("strict", ""), {{"charts/*", "charts/web"}}));
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.2.0"))), ElementsAre(" enforce no no-policy-matches"));
  EXPECT_THAT(Said(Verify(OfHelmRepository("1.2.0", "../app"))),
              ElementsAre(" enforce no no-policy-matches"));
  for (const char* glob : {"registry.test/**", "registry.test/*/app"}) {
    Set(absl::StrReplaceAll(PolicyYaml("strict", "  gitOps: { requirePin: deny }\n"),
                            {{"registry.test/charts/*", glob}}));
    EXPECT_THAT(Said(Verify(OfHelmRepository("9.9.9"))), IsEmpty()) << glob;
  }
}

TEST_F(ChartSourceVerifierTest, AParentBelowWhichNothingIsCoveredFollowsNoMatch) {
  const auto said = [&](const std::string& parent, const std::string& glob) {
    Set(absl::StrReplaceAll(PolicyYaml("strict", ""), {{"registry.test/charts/*", glob}}));
    ChartSource source = Of(ChartSource::Origin::kParent);
    source.chart = parent;
    return Said(Verify(source));
  };
  const auto refused = ElementsAre(" enforce no no-policy-matches");
  EXPECT_THAT(said("registry.test/charts", "registry.test/charts/*"), IsEmpty());
  EXPECT_THAT(said("registry.test/charts", "registry.test/charts/app"), IsEmpty());
  EXPECT_THAT(said("registry.test/charts", "registry.test/**"), IsEmpty());
  EXPECT_THAT(said("registry.test/charts", "**/app"), IsEmpty());
  EXPECT_THAT(said("registry.test", "registry.test/charts/*"), IsEmpty());
  EXPECT_THAT(said("evil.test/charts", "registry.test/**"), refused);
  EXPECT_THAT(said("registry.test/chartsx", "registry.test/charts/*"), refused);
  EXPECT_THAT(said("registry.test/charts", "registry.test/chartsx/*"), refused);
  EXPECT_THAT(said("registry.test/charts/app", "registry.test/charts/app"), refused);
}

TEST_F(ChartSourceVerifierTest, OnlyWhatNeedsARegistryIsLeftOpen) {
  EXPECT_FALSE(JudgeUnasked(Source("1.x"), Setting()).has_value());
  EXPECT_FALSE(JudgeUnasked(Of(ChartSource::Origin::kInline), Setting()).has_value());
  EXPECT_TRUE(JudgeUnasked(Source("1.x", "other.test/charts/app"), Setting()).has_value());
  EXPECT_FALSE(JudgeUnasked(OfHelmRepository("1.x"), Setting()).has_value());
  for (const auto origin : {ChartSource::Origin::kElsewhere, ChartSource::Origin::kOtherObject,
                            ChartSource::Origin::kParent, ChartSource::Origin::kUntold}) {
    EXPECT_TRUE(JudgeUnasked(Of(origin), Setting()).has_value());
  }
}

}  // namespace
}  // namespace chartseal::verification
