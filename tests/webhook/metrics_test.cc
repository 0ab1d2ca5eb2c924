#include "webhook/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/webhook/decided.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "webhook/policy_metrics.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// How many series there are of one name.
size_t SeriesOf(const Metrics& metrics, const std::string& name) {
  const std::string text = metrics.Text();
  size_t count = 0;
  for (size_t at = text.find("\n" + name + "{"); at != std::string::npos;
       at = text.find("\n" + name + "{", at + 1)) {
    ++count;
  }
  return count;
}

void Tell(Metrics& metrics, std::vector<Ruling> rulings, std::shared_ptr<const PolicySnapshot> snapshot) {
  Decided decided({ReportOf(std::move(rulings))});
  decided.snapshot = std::move(snapshot);
  metrics.Decided(decided.View());
}

std::string Verdicts(std::string_view policy, std::string_view verdict, std::string_view reason, int count,
                     std::string_view mode = "enforce") {
  return Cat("chartseal_image_verdicts_total{mode=\"", mode, "\",policy=\"", policy, "\",reason=\"", reason,
             "\",verdict=\"", verdict, "\"} ", count, "\n");
}

TEST(Metrics, ADecisionIsCountedByPolicyModeVerdictAndReason) {
  Metrics metrics;
  Tell(metrics, {YesBy("strict"), NoBy("watch", Effect::kWarn)}, SnapshotOf({"strict", "watch"}));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr(Verdicts("strict", "yes", "none", 1)));
  EXPECT_THAT(text, HasSubstr(Verdicts("watch", "no", "identity-mismatch", 1, "warn")));
  EXPECT_THAT(text,
              HasSubstr("chartseal_admission_decisions_total{mode=\"warn\",reason=\"identity-mismatch\","
                        "verdict=\"warned\"} 1"));
}

TEST(Metrics, WhatNoPolicyCoversIsCountedWithoutOne) {
  Metrics metrics;
  Tell(metrics, {NoBy("", Effect::kDeny, Reason::kNoPolicyMatches)}, SnapshotOf({"strict"}));
  EXPECT_THAT(metrics.Text(), HasSubstr(Verdicts("none", "no", "no-policy-matches", 1)));
}

TEST(Metrics, APolicyThatIsGoneIsFoldedIntoOtherAndTheSumStays) {
  Metrics metrics;
  const auto before = SnapshotOf({"old", "kept"});
  for (int i = 0; i < 3; ++i) Tell(metrics, {NoBy("old"), YesBy("kept")}, before);
  Tell(metrics, {YesBy("kept")}, SnapshotOf({"kept", "new"}));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, Not(HasSubstr("policy=\"old\"")));
  EXPECT_THAT(text, HasSubstr(Verdicts("other", "no", "identity-mismatch", 3)));
  EXPECT_THAT(text, HasSubstr(Verdicts("kept", "yes", "none", 4)));
}

TEST(Metrics, ARequestThatBeganBeforeTheChangeDoesNotBringTheOldPolicyBack) {
  Metrics metrics;
  const auto before = SnapshotOf({"old"});
  const auto after = SnapshotOf({"new"});
  Tell(metrics, {NoBy("old")}, before);
  Tell(metrics, {YesBy("new")}, after);
  Tell(metrics, {NoBy("old")}, before);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, Not(HasSubstr("policy=\"old\"")));
  EXPECT_THAT(text, HasSubstr(Verdicts("other", "no", "identity-mismatch", 2)));
  EXPECT_THAT(text, HasSubstr(Verdicts("new", "yes", "none", 1)));
}

TEST(Metrics, PoliciesThatComeAndGoDoNotMakeTheNumberOfSeriesGrow) {
  Metrics metrics;
  for (int i = 0; i < 300; ++i) {
    const std::string name = Cat("p", i);
    Tell(metrics, {NoBy(name)}, SnapshotOf({name}));
  }
  EXPECT_LE(SeriesOf(metrics, "chartseal_image_verdicts_total"), 2);
  EXPECT_THAT(metrics.Text(), HasSubstr(Verdicts("other", "no", "identity-mismatch", 299)));
}

TEST(Metrics, BeyondTheLimitPoliciesShareOneSeries) {
  Metrics metrics;
  std::vector<std::string> names;
  for (size_t i = 0; i < limits::kMaxMeasuredPolicies + 20; ++i) names.push_back(Cat("p", i));
  const auto snapshot = SnapshotOf(names);
  for (const std::string& name : names) Tell(metrics, {NoBy(name)}, snapshot);
  EXPECT_EQ(SeriesOf(metrics, "chartseal_image_verdicts_total"), limits::kMaxMeasuredPolicies + 1);
  EXPECT_THAT(metrics.Text(), HasSubstr(Verdicts("other", "no", "identity-mismatch", 20)));
}

TEST(Metrics, APolicyNameThatIsInNoSnapshotGetsNoSeries) {
  Metrics metrics;
  Tell(metrics, {NoBy("invented\"} 1\nforged")}, SnapshotOf({"strict"}));
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("forged")));
  EXPECT_THAT(metrics.Text(), HasSubstr(Verdicts("other", "no", "identity-mismatch", 1)));
}

TEST(Metrics, TimesAreSplitByWhereTheImagesWereLookedUp) {
  Metrics metrics;
  ImageReport remembered = ReportOf({YesBy("strict")});
  remembered.remembered = true;
  ImageReport fetched = ReportOf({YesBy("strict")}, "registry.test/acme/other:1");
  fetched.registry_time = absl::Milliseconds(40);
  fetched.crypto_time = absl::Microseconds(600);
  Decided cached({remembered});
  metrics.Decided(cached.View());
  Decided mixed({remembered, fetched});
  mixed.endpoint = Endpoint::kMutate;
  metrics.Decided(mixed.View());
  metrics.Decided(Decided(std::vector<ImageReport>{}).View());
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("duration_seconds_count{endpoint=\"validate\",source=\"cache\"} 1"));
  EXPECT_THAT(text, HasSubstr("duration_seconds_count{endpoint=\"mutate\",source=\"registry\"} 1"));
  EXPECT_THAT(text, HasSubstr("duration_seconds_count{endpoint=\"validate\",source=\"none\"} 1"));
  EXPECT_THAT(text, HasSubstr("stage_duration_seconds_bucket{stage=\"registry\",le=\"0.025\"} 0"));
  EXPECT_THAT(text, HasSubstr("stage_duration_seconds_bucket{stage=\"registry\",le=\"0.05\"} 1"));
  EXPECT_THAT(text, HasSubstr("stage_duration_seconds_bucket{stage=\"crypto\",le=\"0.001\"} 1"));
  EXPECT_THAT(text, HasSubstr("chartseal_cache_lookups_total{result=\"hit\"} 2"));
  EXPECT_THAT(text, HasSubstr("chartseal_cache_lookups_total{result=\"miss\"} 1"));
}

TEST(Metrics, AnImageThatWasNeverJudgedIsNoCacheMiss) {
  Metrics metrics;
  ImageReport report = ReportOf({UnknownBy("strict")});
  report.digest.reset();
  metrics.Decided(Decided({report}).View());
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_cache_lookups_total{result=\"miss\"} 0"));
  EXPECT_THAT(metrics.Text(),
              HasSubstr("duration_seconds_count{endpoint=\"validate\",source=\"registry\"} 1"));
}

TEST(Metrics, RegistryAnswersAreCountedByClassWithoutTheHost) {
  Metrics metrics;
  for (const int status : {200, 206, 307, 401, 403, 404, 429, 500, 503, 0, -1, 99}) {
    metrics.RegistryAnswered(status);
  }
  const std::string text = metrics.Text();
  for (const auto& [answer, count] : std::vector<std::pair<std::string, int>>{
           {"2xx", 2}, {"3xx", 1}, {"401", 1}, {"404", 1}, {"429", 1}, {"4xx", 1}, {"5xx", 2}, {"none", 3}}) {
    EXPECT_THAT(text, HasSubstr(Cat("chartseal_registry_requests_total{answer=\"", answer, "\"} ", count)));
  }
}

TEST(Metrics, ALimitThatDoesNotExistIsNotCounted) {
  Metrics metrics;
  metrics.LimitReached("invented");
  metrics.LimitReached("body");
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("invented")));
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_limits_reached_total{limit=\"body\"} 1"));
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_limits_reached_total{limit=\"bodies\"} 0"));
}

TEST(Metrics, NumbersOfOthersAreReadAtEachScrape) {
  Metrics metrics;
  std::atomic<int> size = 7;
  metrics.AddGauge("chartseal_cache_entries", "Decisions that are remembered.", [&] { return size.load(); });
  metrics.AddCounters("chartseal_cache_evictions_total", "Decisions forgotten.", "why", [] {
    return Metrics::Samples{{"full", 3}, {"old", 4}};
  });
  EXPECT_THAT(metrics.Text(), HasSubstr("# TYPE chartseal_cache_entries gauge\nchartseal_cache_entries 7\n"));
  size = 9;
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_cache_entries 9\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("# TYPE chartseal_cache_evictions_total counter"));
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_cache_evictions_total{why=\"old\"} 4\n"));
}

TEST(Metrics, ANameThatIsNotOursIsNotTaken) {
  Metrics metrics;
  metrics.AddGauge("process_cpu", "x", [] { return 1; });
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("process_cpu")));
}

TEST(Metrics, OneNameHasOneHeaderHoweverManyAddToIt) {
  Metrics metrics;
  for (const char* watch : {"policies", "namespaces"}) {
    metrics.AddGauges("chartseal_watch_synced", "Whether the first list was read.", "resource", [watch] {
      return Metrics::Samples{{watch, 1}};
    });
  }
  const std::string text = metrics.Text();
  const size_t first = text.find("# HELP chartseal_watch_synced");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("# HELP chartseal_watch_synced", first + 1), std::string::npos);
  EXPECT_THAT(text, HasSubstr("chartseal_watch_synced{resource=\"namespaces\"} 1"));
}

TEST(Metrics, TheVersionIsShown) {
  EXPECT_THAT(Metrics("1.2.3").Text(), HasSubstr("chartseal_build_info{version=\"1.2.3\"} 1"));
}

TEST(Metrics, ManyThreadsLoseNoCount) {
  Metrics metrics;
  const std::vector<std::shared_ptr<const PolicySnapshot>> snapshots = {SnapshotOf({"a"}), SnapshotOf({"b"})};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 500; ++j) Tell(metrics, {NoBy(i % 2 == 0 ? "a" : "b")}, snapshots[i % 2]);
      metrics.Text();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Text(),
              HasSubstr("chartseal_admission_decisions_total{mode=\"enforce\",reason=\"identity-mismatch\","
                        "verdict=\"denied\"} 2000"));
}

// -- What is in force.

class FixedSource : public PolicySource {
 public:
  std::shared_ptr<const PolicySnapshot> Current() const override { return snapshot; }
  std::shared_ptr<const PolicySnapshot> snapshot;
};

TEST(PolicyMetrics, PoliciesAreCountedByStateAndTheRootHasAnAge) {
  auto snapshot = std::make_shared<PolicySnapshot>(*SnapshotOf({"a", "b", "c"}));
  snapshot->policies.policies[1].mode = policy::Mode::kWarn;
  snapshot->policies.policies[2].not_honoured = Rejection{Reason::kPolicyNotHonoured, "rego", "", ""};
  FixedSource source;
  source.snapshot = snapshot;
  absl::Time now = kDecidedAt;
  Metrics metrics;
  AddPolicyMetrics(metrics, source, [&] { return now; });
  now += absl::Seconds(90);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("chartseal_policies{state=\"enforce\"} 1"));
  EXPECT_THAT(text, HasSubstr("chartseal_policies{state=\"warn\"} 1"));
  EXPECT_THAT(text, HasSubstr("chartseal_policies{state=\"not-honoured\"} 1"));
  EXPECT_THAT(text, HasSubstr("chartseal_trusted_root_info{sha256=\"" + std::string(64, 'a') + "\"} 1"));
  EXPECT_THAT(text, HasSubstr("chartseal_trusted_root_age_seconds 90"));
}

TEST(PolicyMetrics, ANewRootStartsItsAgeAndReplacesTheLabel) {
  FixedSource source;
  source.snapshot = SnapshotOf({});
  absl::Time now = kDecidedAt;
  Metrics metrics;
  AddPolicyMetrics(metrics, source, [&] { return now; });
  auto other = std::make_shared<PolicySnapshot>();
  other->root_fingerprint = std::string(64, 'b');
  source.snapshot = other;
  now += absl::Hours(1);
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_trusted_root_age_seconds 0"));
  EXPECT_THAT(metrics.Text(), Not(HasSubstr(std::string(64, 'a'))));
}

TEST(PolicyMetrics, BeforeAnythingIsLoadedThereIsNoRootAndNoPolicy) {
  FixedSource source;
  Metrics metrics;
  AddPolicyMetrics(metrics, source, [] { return kDecidedAt; });
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("chartseal_policies{state=\"enforce\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("chartseal_trusted_root_info{")));
}

}  // namespace
}  // namespace chartseal::webhook
