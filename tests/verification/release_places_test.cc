#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/fake_charts.h"
#include "tests/verification/release_fixture.h"
#include "verifier/base/limits.h"

// Which of several places decides about a release, and what is said of it.
namespace chartseal::verification {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kA[] = "a.test/charts/app:1.2.3";
constexpr char kB[] = "b.test/charts/app:1.2.3";

std::shared_ptr<const chart::Chart> ChartWith(const std::string& readme, const std::string& hint = "") {
  const std::string annotations =
      hint.empty() ? "" : Cat("annotations: {", kRepositoryAnnotation, ": \"", hint, "\"}\n");
  return std::make_shared<const chart::Chart>(
      chart::Chart::FromFiles(
          {{"Chart.yaml", Cat("apiVersion: v2\nname: app\nversion: 1.2.3\n", annotations)},
           {"README.md", readme}},
          "app")
          .value());
}

chart::Release ReleaseOf(const chart::Chart& chart) {
  chart::Release release;
  release.name = "rel";
  release.content = chart::ContentOf(chart);
  release.templates = chart.templates();
  return release;
}

class ReleasePlaces : public ::testing::Test {
 protected:
  std::string Verdict(const chart::Release& release) {
    report_ = VerifyRelease(release, {.policies = policies_, .namespace_name = ""}, charts_,
                            absl::InfiniteFuture());
    EXPECT_EQ(DenialLine(report_).empty(), report_.Denial() == nullptr);
    return Told(report_);
  }
  std::string Verdict() { return Verdict(ReleaseOf(*chart_)); }
  std::string Decisive() const { return report_.place() == nullptr ? "" : report_.place()->repository; }

  static absl::Status Gone() {
    return WithReason(absl::UnavailableError("a.test: gone"), Reason::kUnreachable);
  }

  const std::shared_ptr<const chart::Chart> chart_ = ChartWith("# app\n");
  const std::shared_ptr<const chart::Chart> other_ = ChartWith("# other\n");
  FakeCharts charts_;
  policy::PolicySet policies_ =
      PoliciesOf({{.name = "a", .charts = "a.test/charts/*"}, {.name = "b", .charts = "b.test/charts/app"}});
  ReleaseReport report_;
};

// -- One is enough.

TEST_F(ReleasePlaces, OnePlaceThatIsSatisfiedIsEnough) {
  charts_.At(kB).chart = chart_;
  EXPECT_EQ(Verdict(), "yes");
  EXPECT_EQ(Decisive(), "b.test/charts/app");
  EXPECT_THAT(report_.places, SizeIs(2));
  charts_.At(kA).chart = other_;
  EXPECT_EQ(Verdict(), "yes");
  charts_.Fail(kA, Gone());
  EXPECT_EQ(Verdict(), "yes");
  EXPECT_EQ(Decisive(), "b.test/charts/app");
}

TEST_F(ReleasePlaces, AllPoliciesOfAPlaceMustHold) {
  policies_ = PoliciesOf({{.name = "a", .charts = "a.test/charts/*"}, {.name = "b", .charts = "a.test/**"}});
  charts_.At(kA) = {.chart = chart_};
  EXPECT_EQ(Verdict(), "yes");
  EXPECT_THAT(report_.rulings, SizeIs(2));
  charts_.At(kA).refused_by = {"b"};
  EXPECT_EQ(Verdict(), "no identity-mismatch");
  EXPECT_EQ(report_.Denial()->policy, "b");
  EXPECT_EQ(report_.rulings[0].answer, Answer::kYes);
  charts_.At(kA).untold_by = {"a"};
  EXPECT_EQ(Verdict(), "no identity-mismatch") << "a no goes before what could not be told";
  charts_.At(kA).refused_by.clear();
  EXPECT_EQ(Verdict(), "could-not-tell registry-unreachable");
}

TEST_F(ReleasePlaces, ThePlaceThatTheChartNamesIsAskedAlone) {
  const auto named = ChartWith("# app\n", "oci://b.test/charts/app");
  charts_.At(kA).chart = named;
  charts_.At(kB).chart = named;
  EXPECT_EQ(Verdict(ReleaseOf(*named)), "yes");
  EXPECT_THAT(charts_.asked(), ElementsAre(kB));
  EXPECT_THAT(report_.places, SizeIs(1));
  charts_.At(kB).refused_by = {"b"};
  EXPECT_EQ(Verdict(ReleaseOf(*named)), "yes");
  EXPECT_EQ(Decisive(), "a.test/charts/app");
  EXPECT_THAT(report_.places, SizeIs(2));
}

TEST_F(ReleasePlaces, APlaceThatNoPolicyCoversIsNotAskedThoughTheChartNamesIt) {
  const auto named = ChartWith("# app\n", "evil.test/charts/app");
  charts_.At("evil.test/charts/app:1.2.3").chart = named;
  EXPECT_EQ(Verdict(ReleaseOf(*named)), "no not-found");
  EXPECT_THAT(charts_.asked(), ElementsAre(kA, kB));
  policies_ = PoliciesOf({{.name = "a", .charts = "a.test/charts/other"}});
  EXPECT_EQ(Verdict(ReleaseOf(*named)), "no no-policy-matches");
  EXPECT_THAT(DenialLine(report_), HasSubstr("found evil.test/charts/app in chartseal.dev/oci-repository"));
}

// -- None is satisfied.

TEST_F(ReleasePlaces, WhatCouldNotBeToldOfOneIsCouldNotTell) {
  charts_.At(kA).chart = other_;
  charts_.Fail(kB, Gone());
  EXPECT_EQ(Verdict(), "could-not-tell registry-unreachable");
  EXPECT_EQ(Decisive(), "b.test/charts/app");
}

TEST_F(ReleasePlaces, OtherwiseTheNearestSaysNo) {
  charts_.At(kB).chart = other_;
  EXPECT_EQ(Verdict(), "no chart-content-mismatch") << "signed, other content: nearer than nothing";
  EXPECT_EQ(Decisive(), "b.test/charts/app");
  charts_.At(kB).refused_by = {"b"};
  EXPECT_EQ(Verdict(), "no identity-mismatch") << "unsigned: nearer than nothing";
  charts_.At(kA).chart = other_;
  EXPECT_EQ(Verdict(), "no chart-content-mismatch") << "signed is nearer than unsigned";
  EXPECT_EQ(Decisive(), "a.test/charts/app");
  EXPECT_THAT(DenialLine(report_), HasSubstr(Cat("wanted is ", kA, "@")));
  EXPECT_THAT(DenialLine(report_), HasSubstr(Cat(" or ", kB, "@")));
}

TEST_F(ReleasePlaces, NoPlaceFollowsNoMatch) {
  for (const auto& [no_match, told] :
       {std::pair("deny", "no no-policy-matches"), std::pair("warn", "no no-policy-matches (warn)"),
        std::pair("allow", "no no-policy-matches (allow)")}) {
    policies_ = PoliciesOf({{.charts = "a.test/charts/other"}}, no_match);
    EXPECT_EQ(Verdict(), told);
    EXPECT_EQ(report_.decisive, std::nullopt);
    EXPECT_EQ(report_.fingerprint, chart::ContentFingerprint(*chart_));
  }
  EXPECT_THAT(charts_.asked(), IsEmpty());
}

// -- Policies that only warn.

TEST_F(ReleasePlaces, APolicyThatWarnsBesideOneThatEnforces) {
  policies_ = PoliciesOf(
      {{.name = "a", .charts = "a.test/charts/*"}, {.name = "w", .charts = "a.test/**", .mode = "warn"}});
  charts_.At(kA) = {.chart = chart_, .refused_by = {"w"}};
  EXPECT_EQ(Verdict(), "no identity-mismatch (warn)");
  charts_.At(kA).refused_by = {"a", "w"};
  EXPECT_EQ(Verdict(), "no identity-mismatch");
  EXPECT_EQ(report_.Denial()->policy, "a");
  charts_.At(kA) = {.chart = other_};
  EXPECT_EQ(Verdict(), "no chart-content-mismatch");
}

TEST_F(ReleasePlaces, APlaceThatOnlyWarnsDecidesWhenTheContentIsItsOwn) {
  policies_ = PoliciesOf({{.name = "a", .charts = "a.test/charts/*"},
                          {.name = "w", .charts = "b.test/charts/*", .mode = "warn"}});
  charts_.At(kB) = {.chart = chart_, .refused_by = {"w"}};
  EXPECT_EQ(Verdict(), "no identity-mismatch (warn)");
  EXPECT_EQ(Decisive(), "b.test/charts/app");
  charts_.At(kA).chart = other_;
  EXPECT_EQ(Verdict(), "no identity-mismatch (warn)");
  charts_.Fail(kA, Gone());
  EXPECT_EQ(Verdict(), "no identity-mismatch (warn)");
  charts_.At(kB).untold_by = {"w"};
  EXPECT_EQ(Verdict(), "could-not-tell registry-unreachable (warn)");
}

TEST_F(ReleasePlaces, APlaceThatOnlyWarnsDoesNotExcuseOtherContent) {
  policies_ = PoliciesOf({{.name = "a", .charts = "a.test/charts/*"},
                          {.name = "w", .charts = "b.test/charts/*", .mode = "warn"}});
  charts_.At(kA).chart = other_;
  charts_.At(kB) = {.chart = other_, .refused_by = {"w"}};
  EXPECT_EQ(Verdict(), "no chart-content-mismatch");
  EXPECT_EQ(Decisive(), "a.test/charts/app");
  charts_.Fail(kB, Gone());
  EXPECT_EQ(Verdict(), "no chart-content-mismatch");
  charts_.Fail(kB, absl::OkStatus());
  charts_.At(kB).pull = Gone();
  EXPECT_EQ(Verdict(), "no chart-content-mismatch");
}

TEST_F(ReleasePlaces, WhereNothingEnforcesNothingIsDenied) {
  policies_ = PoliciesOf({{.name = "v", .charts = "a.test/charts/*", .mode = "warn"},
                          {.name = "w", .charts = "b.test/charts/*", .mode = "warn"}});
  EXPECT_EQ(Verdict(), "no not-found (warn)");
  charts_.At(kB).chart = other_;
  EXPECT_EQ(Verdict(), "no chart-content-mismatch (warn)");
  EXPECT_EQ(Decisive(), "b.test/charts/app");
  charts_.Fail(kA, Gone());
  charts_.Fail(kB, Gone());
  EXPECT_EQ(Verdict(), "could-not-tell registry-unreachable (warn)");
  EXPECT_EQ(report_.Denial(), nullptr);
}

// -- Known fingerprints.

TEST_F(ReleasePlaces, AKnownFingerprintNeedsNoArchive) {
  charts_.At(kA) = {.chart = chart_, .fingerprint = chart::ContentFingerprint(*chart_), .stated = false};
  EXPECT_EQ(Verdict(), "yes");
  EXPECT_EQ(charts_.pulls(), 0);
  EXPECT_FALSE(report_.place()->stated);
  charts_.At(kA).chart = other_;
  charts_.At(kA).fingerprint = chart::ContentFingerprint(*other_);
  EXPECT_EQ(Verdict(), "no chart-content-mismatch");
  EXPECT_EQ(charts_.pulls(), 1) << "to name the part";
}

TEST_F(ReleasePlaces, WhatIsKnownOfAPlaceThatOnlyWarnsNeedsNone) {
  policies_ = PoliciesOf({{.name = "w", .charts = "a.test/charts/*", .mode = "warn"}});
  charts_.At(kA) = {.chart = chart_, .refused_by = {"w"}, .fingerprint = chart::ContentFingerprint(*chart_)};
  EXPECT_EQ(Verdict(), "no identity-mismatch (warn)");
  EXPECT_EQ(charts_.pulls(), 0);
}

// -- Tags that Flux may mean.

TEST_F(ReleasePlaces, WhatCannotBeToldOfTheOtherTagIsNotANo) {
  policies_ = PoliciesOf({{.charts = "a.test/charts/*"}});
  chart::Release release = ReleaseOf(*chart_);
  release.content.metadata.version = "1.2.3+0123456789ab";
  charts_.Fail("a.test/charts/app:1.2.3_0123456789ab", Gone());
  EXPECT_EQ(Verdict(release), "could-not-tell registry-unreachable");
  charts_.At(kA).chart = chart_;
  EXPECT_EQ(Verdict(release), "could-not-tell registry-unreachable");
  charts_.Fail("a.test/charts/app:1.2.3_0123456789ab", absl::NotFoundError(""));
  EXPECT_EQ(Verdict(release), "no chart-content-mismatch");
}

// -- Many places.

TEST_F(ReleasePlaces, BeyondTheLimitNobodyKnows) {
  std::vector<PolicySpec> specs;
  for (size_t i = 0; i < limits::kMaxChartPlaces + 2; ++i) {
    specs.push_back({.name = Cat("p", i), .charts = Cat("r", i, ".test/charts/*"), .mode = "warn"});
  }
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Verdict(), "could-not-tell limit-exceeded (warn)");
  specs.back().mode = "enforce";
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Verdict(), "could-not-tell limit-exceeded");
  EXPECT_THAT(DenialLine(report_), HasSubstr("2 more repositories"));
  charts_.At("r3.test/charts/app:1.2.3").chart = chart_;
  EXPECT_EQ(Verdict(), "yes");
  // One that the chart names is always among those that are asked.
  const auto named = ChartWith("# app\n", "r17.test/charts/app");
  charts_.At("r17.test/charts/app:1.2.3").chart = named;
  EXPECT_EQ(Verdict(ReleaseOf(*named)), "yes");
}

TEST_F(ReleasePlaces, TheLineIsPrintableAndBoundedWhateverIsInIt) {
  const std::string nasty = Cat("x\n\x1b[31m\x01", std::string(400, '\xff'), std::string(4000, 'y'));
  std::vector<PolicySpec> specs;
  for (size_t i = 0; i < limits::kMaxChartPlaces; ++i) {
    specs.push_back({.name = Cat("p", i),
                     .charts = Cat("r", i, ".test/", std::string(200, 'd'), "/*"),
                     .subject = Cat("https://", std::string(3000, 's'))});
  }
  policies_ = PoliciesOf(specs);
  chart::Release release = ReleaseOf(*chart_);
  release.content.metadata.version = nasty;
  EXPECT_EQ(Verdict(release), "no not-found");
  release.content.metadata.version = "1.2.3";
  release.content.metadata.description = nasty;
  charts_.At(Cat("r5.test/", std::string(200, 'd'), "/app:1.2.3")).chart = chart_;
  EXPECT_EQ(Verdict(release), "no chart-content-mismatch");
  release.content.files.push_back({nasty, "00"});
  release.content.metadata.description.clear();
  EXPECT_EQ(Verdict(release), "no chart-content-mismatch");
  const std::string line = DenialLine(report_);
  EXPECT_LE(line.size(), limits::kMaxDenialLineBytes);
  for (const char c : line) ASSERT_TRUE(c >= ' ' && c <= '~') << line;
  EXPECT_THAT(line, HasSubstr("r5.test/"));
  EXPECT_THAT(line, HasSubstr("; next: "));
  EXPECT_THAT(line, HasSubstr(" more"));
}

// -- Answers of a report.

TEST(ReleaseReport, AnswersBySeverity) {
  const Ruling yes{.effect = Effect::kDeny, .answer = Answer::kYes};
  const Ruling warned{.effect = Effect::kWarn, .answer = Answer::kNo, .reason = Reason::kNoSignature};
  const Ruling untold{
      .effect = Effect::kDeny, .answer = Answer::kCouldNotTell, .reason = Reason::kUnreachable};
  const Ruling no{.effect = Effect::kDeny, .answer = Answer::kNo, .reason = Reason::kIdentityMismatch};
  const auto of = [](std::vector<Ruling> rulings) {
    ReleaseReport report;
    report.rulings = std::move(rulings);
    return report;
  };
  EXPECT_EQ(of({yes, yes}).answer(), Answer::kYes);
  EXPECT_EQ(of({yes, yes}).Denial(), nullptr);
  EXPECT_EQ(of({yes, warned}).answer(), Answer::kNo);
  EXPECT_EQ(of({yes, warned}).Denial(), nullptr);
  EXPECT_EQ(of({warned, untold}).answer(), Answer::kCouldNotTell);
  EXPECT_EQ(of({warned, untold}).Denial()->reason, Reason::kUnreachable);
  EXPECT_EQ(of({untold, no, yes}).answer(), Answer::kNo);
  EXPECT_EQ(of({untold, no, yes}).Denial()->reason, Reason::kIdentityMismatch);
  EXPECT_EQ(DenialLine(of({yes, warned})), "");
}

// -- Where charts may lie.

std::vector<std::string> Found(const policy::PolicySet& policies, const std::string& name,
                               const std::string& hint = "", const std::string& space = "") {
  chart::Metadata metadata;
  metadata.name = name;
  if (!hint.empty()) metadata.annotations[std::string(kRepositoryAnnotation)] = hint;
  const ChartPlaces places = FindChartPlaces(metadata, {.policies = policies, .namespace_name = space});
  std::vector<std::string> out;
  for (const ChartPlace& place : places.places) {
    out.push_back(place.repository.Name());
    for (const policy::Policy* policy : place.policies) out.back() += Cat(" ", policy->name);
  }
  if (places.first_is_named) out.insert(out.begin(), "named");
  return out;
}

TEST(FindChartPlaces, TakesDirectoriesOfGlobsAndAllPoliciesThatCoverThem) {
  const auto policies = PoliciesOf({{.name = "a", .charts = "a.test/charts/*"},
                                    {.name = "b", .charts = "a.test/**"},
                                    {.name = "c", .charts = "c.test/x/app"},
                                    {.name = "d", .charts = "d.test/*/app"},
                                    {.name = "e", .charts = "e.test/x/ap*"},
                                    {.name = "f", .charts = "**"}});
  EXPECT_THAT(Found(policies, "app"), ElementsAre("a.test/charts/app a b f", "a.test/app b f",
                                                  "c.test/x/app c f", "e.test/x/app e f"));
  EXPECT_THAT(Found(policies, "other"), ElementsAre("a.test/charts/other a b f", "a.test/other b f"));
}

TEST(FindChartPlaces, TakesWhatTheChartNamesFirstWhereAPolicyCoversIt) {
  const auto policies =
      PoliciesOf({{.name = "a", .charts = "a.test/charts/*"}, {.name = "d", .charts = "d.test/*/app"}});
  EXPECT_THAT(Found(policies, "app", "oci://d.test/team/app"),
              ElementsAre("named", "d.test/team/app d", "a.test/charts/app a"));
  EXPECT_THAT(Found(policies, "app", "a.test/charts/app"), ElementsAre("named", "a.test/charts/app a"));
  for (const std::string hint :
       {"d.test/team/app:1.2.3", "d.test/team/evil", "d.test/team/xapp", "evil.test/x/app", "oci://", "\n",
        "https://d.test/team/app", "d.test/team/app@sha256:00"}) {
    EXPECT_THAT(Found(policies, "app", hint), ElementsAre("a.test/charts/app a")) << hint;
  }
}

TEST(FindChartPlaces, AChartsNameIsNoPath) {
  const auto policies =
      PoliciesOf({{.name = "a", .charts = "a.test/charts/*"}, {.name = "b", .charts = "b.test/**"}});
  for (const std::string name : {"", "x/app", "../app", "app:1", "app@x", "APP", ".."}) {
    EXPECT_THAT(Found(policies, name), IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace chartseal::verification
