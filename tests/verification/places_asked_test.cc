#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "tests/verification/fake_charts.h"
#include "tests/verification/release_fixture.h"
#include "verifier/base/limits.h"
#include "verifier/verification/chart_source_verifier.h"

// Which of several places decides about a chart that an object of a GitOps tool names or holds.
namespace chartseal::verification {
namespace {

using ::testing::HasSubstr;
using workload::ChartSource;
using workload::ChartVersion;

absl::Status Gone() { return WithReason(absl::UnavailableError("registry: gone"), Reason::kUnreachable); }

// Says of each repository whether it has the version.
class FakeResolver : public ChartResolver {
 public:
  std::set<std::string> has;                     // names of repositories
  std::map<std::string, absl::Status> failures;  // what asking one brings
  Reason missing = Reason::kNotFound;

  absl::StatusOr<Checked<ResolvedChart>> Resolve(const oci::Reference& repository, const ChartVersion&,
                                                 absl::Time) override {
    const std::string name = repository.Name();
    if (const auto failure = failures.find(name); failure != failures.end()) return failure->second;
    if (!has.contains(name)) return WithReason(absl::NotFoundError("no such version"), missing);
    return Checked<ResolvedChart>(ResolvedChart{"1.2.3", Digest()});
  }

  static crypto::Digest Digest() { return crypto::Digest::Sha256Of("app 1.2.3"); }
  static std::string Asked(const std::string& name) { return Cat(name, "@", Digest().ToString()); }
};

class PlacesAsked : public ::testing::Test {
 protected:
  // "RULING …; RULING" of what decides, by policy.
  std::string Said(const ChartSource& source) {
    report_ =
        VerifyChartSource(source, {.place = {.policies = policies_, .namespace_name = ""}, .pins = false},
                          resolver_, charts_, absl::InfiniteFuture());
    std::string said;
    for (const Ruling& ruling : report_.rulings) {
      said += Cat(said.empty() ? "" : "; ", ruling.policy, " ", Name(ruling.effect), " ", Name(ruling.answer),
                  ruling.reason == Reason::kNone ? "" : " ",
                  ruling.reason == Reason::kNone ? "" : Name(ruling.reason));
    }
    return said;
  }

  // One enforces at a.test, one only warns at b.test.
  void Mixed(bool warning_first) {
    const PolicySpec enforcing{.name = "a", .charts = "a.test/charts/*"};
    const PolicySpec warning{.name = "w", .charts = "b.test/charts/*", .mode = "warn"};
    policies_ = warning_first ? PoliciesOf({warning, enforcing}) : PoliciesOf({enforcing, warning});
  }

  // More places than are looked at, all of which only warn.
  static std::vector<PolicySpec> TooMany() {
    std::vector<PolicySpec> specs;
    for (size_t i = 0; i < limits::kMaxChartPlaces + 2; ++i) {
      specs.push_back({.name = Cat("p", i), .charts = Cat("r", i, ".test/charts/*"), .mode = "warn"});
    }
    return specs;
  }

  FakeCharts charts_;
  FakeResolver resolver_;
  policy::PolicySet policies_;
  ChartSourceReport report_;
};

// -- Charts that are only named.

constexpr char kA[] = "a.test/charts/app";
constexpr char kB[] = "b.test/charts/app";

ChartSource Named(const std::string& chart = "app") {
  ChartSource source;
  source.chart = chart;
  source.origin = ChartSource::Origin::kOtherObject;
  source.version.kind = ChartVersion::Kind::kVersion;
  source.version.text = "1.2.3";
  return source;
}

class NamedChart : public PlacesAsked {
 protected:
  FakeCharts::Entry& At(const std::string& name) {
    resolver_.has.insert(name);
    return charts_.At(FakeResolver::Asked(name));
  }
};

TEST_F(NamedChart, APlaceThatOnlyWarnsAndDoesNotHaveItExcusesNothing) {
  At(kA).refused_by = {"a"};
  for (const bool warning_first : {true, false}) {
    Mixed(warning_first);
    for (const Reason missing : {Reason::kNotFound, Reason::kVersionUnknown}) {
      resolver_.missing = missing;
      EXPECT_EQ(Said(Named()), "a enforce no identity-mismatch");
      EXPECT_EQ(report_.repository, kA);
    }
    resolver_.failures[kB] = Gone();
    EXPECT_EQ(Said(Named()), "a enforce no identity-mismatch") << "nobody knows whether it is there";
    resolver_.failures.clear();
  }
}

TEST_F(NamedChart, APlaceThatOnlyWarnsAndHasItDecides) {
  At(kA).refused_by = {"a"};
  At(kB).refused_by = {"w"};
  for (const bool warning_first : {true, false}) {
    Mixed(warning_first);
    EXPECT_EQ(Said(Named()), "w warn no identity-mismatch");
    EXPECT_EQ(report_.repository, kB);
  }
}

TEST_F(NamedChart, OneThatIsSatisfiedGoesBeforeOneThatWarns) {
  At(kA);
  At(kB).refused_by = {"w"};
  for (const bool warning_first : {true, false}) {
    Mixed(warning_first);
    EXPECT_EQ(Said(Named()), "a enforce yes");
  }
}

TEST_F(NamedChart, APolicyThatWarnsBesideOneThatIsContentDecidesForItsPlace) {
  policies_ = PoliciesOf({{.name = "a", .charts = "a.test/charts/*"},
                          {.name = "w", .charts = "a.test/charts/app", .mode = "warn"},
                          {.name = "b", .charts = "b.test/charts/*"}});
  At(kA).refused_by = {"w"};
  At(kB).refused_by = {"b"};
  EXPECT_EQ(Said(Named()), "a enforce yes; w warn no identity-mismatch");
}

TEST_F(NamedChart, ThatAPlaceDoesNotHaveItHidesNoNoOfAnother) {
  for (const bool other_first : {true, false}) {
    const PolicySpec a{.name = "a", .charts = "a.test/charts/*"};
    const PolicySpec b{.name = "b", .charts = "b.test/charts/*"};
    policies_ = other_first ? PoliciesOf({b, a}) : PoliciesOf({a, b});
    At(kA).refused_by = {"a"};
    EXPECT_EQ(Said(Named()), "a enforce no identity-mismatch");
    resolver_.failures[kB] = Gone();
    EXPECT_EQ(Said(Named()), "b enforce could-not-tell registry-unreachable");
    resolver_.failures.clear();
    resolver_.has.clear();
    resolver_.failures[kA] = Gone();
    EXPECT_EQ(Said(Named()), "a enforce could-not-tell registry-unreachable") << "and no other error either";
    resolver_.failures.clear();
    EXPECT_THAT(Said(Named()), HasSubstr("enforce could-not-tell not-found"));
  }
}

TEST_F(NamedChart, WhereNothingEnforcesNothingIsDenied) {
  policies_ = PoliciesOf({{.name = "v", .charts = "a.test/charts/*", .mode = "warn"},
                          {.name = "w", .charts = "b.test/charts/*", .mode = "warn"}});
  EXPECT_EQ(Said(Named()), "v warn could-not-tell not-found");
  At(kB).refused_by = {"w"};
  EXPECT_EQ(Said(Named()), "w warn no identity-mismatch");
}

TEST_F(NamedChart, PlacesThatWereLeftOutMakeItCouldNotTell) {
  std::vector<PolicySpec> specs = TooMany();
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Said(Named()), " warn could-not-tell limit-exceeded");
  specs.back().mode = "enforce";
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Said(Named()), " enforce could-not-tell limit-exceeded");
  EXPECT_THAT(report_.rulings[0].detail, HasSubstr("2 more repositories"));
  specs.front().mode = "enforce";
  specs.back().mode = "warn";
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Said(Named()), " enforce could-not-tell limit-exceeded");
  At("r0.test/charts/app").refused_by = {"p0"};
  EXPECT_EQ(Said(Named()), " enforce could-not-tell limit-exceeded") << "one that was left out may accept it";
  At("r3.test/charts/app");
  EXPECT_EQ(Said(Named()), "p3 warn yes");
}

TEST_F(NamedChart, WhatWasLeftOutIsNotLeftToTheReleaseWherePlacesAreOpen) {
  std::vector<PolicySpec> specs = TooMany();
  specs.push_back({.name = "open", .charts = "open.test/**"});
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Said(Named()), " enforce could-not-tell limit-exceeded");
}

// -- Charts inside objects.

std::string AppTgz(const std::string& readme, const std::string& hint = "") {
  return TgzOf(
      "app", {{"Chart.yaml",
               Cat("apiVersion: v2\nname: app\nversion: 1.2.3\n",
                   hint.empty() ? "" : Cat("annotations: {", kRepositoryAnnotation, ": \"", hint, "\"}\n"))},
              {"README.md", readme}});
}

ChartSource Inline(const std::string& tgz) {
  ChartSource source;
  source.chart = "a chart in the object";
  source.origin = ChartSource::Origin::kInline;
  source.archive = absl::Base64Escape(tgz);
  return source;
}

class InlineChart : public PlacesAsked {
 protected:
  FakeCharts::Entry& At(const std::string& name, const std::string& tgz) {
    FakeCharts::Entry& entry = charts_.At(Cat(name, ":1.2.3"));
    entry.chart = std::make_shared<const chart::Chart>(chart::Chart::FromArchive(tgz, "signed").value());
    return entry;
  }
  std::string Told(const std::string& tgz) { return Said(Inline(tgz)); }
};

TEST_F(InlineChart, OneThatIsSatisfiedIsEnough) {
  Mixed(/*warning_first=*/true);
  At(kA, AppTgz("# app\n"));
  EXPECT_EQ(Told(AppTgz("# app\n")), "a enforce yes");
}

TEST_F(InlineChart, ATamperedOneThatNamesAPlaceThatOnlyWarnsIsRefused) {
  for (const bool warning_first : {true, false}) {
    Mixed(warning_first);
    At(kA, AppTgz("# app\n"));
    const std::string tampered = AppTgz("# evil\n", kB);
    EXPECT_EQ(Told(tampered), "a enforce no chart-content-mismatch");
    At(kB, AppTgz("# app\n"));
    EXPECT_EQ(Told(tampered), "a enforce no chart-content-mismatch");
    At(kB, AppTgz("# app\n")).refused_by = {"w"};
    EXPECT_EQ(Told(tampered), "a enforce no chart-content-mismatch");
    charts_.At(Cat(kB, ":1.2.3")).pull = Gone();
    EXPECT_EQ(Told(tampered), "a enforce no chart-content-mismatch");
    charts_.At(Cat(kB, ":1.2.3")).pull = absl::OkStatus();
    charts_.Fail(Cat(kB, ":1.2.3"), Gone());
    EXPECT_EQ(Told(tampered), "a enforce no chart-content-mismatch");
    charts_.Fail(Cat(kB, ":1.2.3"), WithReason(absl::NotFoundError("no such tag"), Reason::kNotFound));
    EXPECT_EQ(Told(tampered), "a enforce no chart-content-mismatch");
    charts_.Fail(Cat(kB, ":1.2.3"), absl::OkStatus());
  }
}

TEST_F(InlineChart, APlaceThatOnlyWarnsDecidesOfItsOwnCharts) {
  Mixed(/*warning_first=*/false);
  At(kA, AppTgz("# other\n"));
  At(kB, AppTgz("# app\n")).refused_by = {"w"};
  EXPECT_EQ(Told(AppTgz("# app\n")), "w warn no identity-mismatch");
  charts_.Fail(Cat(kA, ":1.2.3"), Gone());
  EXPECT_EQ(Told(AppTgz("# app\n")), "w warn no identity-mismatch");
}

TEST_F(InlineChart, WhereNobodyEnforcesOtherContentIsTheReason) {
  policies_ = PoliciesOf({{.name = "w", .charts = "b.test/charts/*", .mode = "warn"}});
  At(kB, AppTgz("# app\n")).refused_by = {"w"};
  EXPECT_EQ(Told(AppTgz("# evil\n")), "w warn no chart-content-mismatch");
  EXPECT_EQ(Told(AppTgz("# app\n")), "w warn no identity-mismatch");
  charts_.At(Cat(kB, ":1.2.3")).refused_by.clear();
  EXPECT_EQ(Told(AppTgz("# evil\n")), "w warn no chart-content-mismatch");
  charts_.At(Cat(kB, ":1.2.3")).pull = Gone();
  EXPECT_EQ(Told(AppTgz("# evil\n")), "w warn could-not-tell registry-unreachable");
}

TEST_F(InlineChart, WhereNobodySignedItAsWantedNothingIsPulled) {
  policies_ = PoliciesOf({{.name = "a", .charts = "a.test/charts/*"}});
  At(kA, AppTgz("# app\n")).refused_by = {"a"};
  EXPECT_EQ(Told(AppTgz("# evil\n")), "a enforce no identity-mismatch");
  EXPECT_EQ(charts_.pulls(), 0);
}

TEST_F(InlineChart, PlacesThatWereLeftOutMakeItCouldNotTell) {
  std::vector<PolicySpec> specs = TooMany();
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Told(AppTgz("# app\n")), " warn could-not-tell limit-exceeded");
  specs.back().mode = "enforce";
  policies_ = PoliciesOf(specs);
  EXPECT_EQ(Told(AppTgz("# app\n")), " enforce could-not-tell limit-exceeded");
  // One that the chart names is always among those that are asked.
  const std::string hinted = AppTgz("# app\n", "r17.test/charts/app");
  At("r17.test/charts/app", hinted);
  EXPECT_EQ(Told(hinted), "p17 enforce yes");
}

}  // namespace
}  // namespace chartseal::verification
