#include "webhook/admission_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/webhook/fake_verifier.h"
#include "tests/webhook/policies.h"
#include "tests/webhook/reviews.h"
#include "verifier/base/strict_json.h"
#include "webhook/ops.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;

class RecordingObserver : public DecisionObserver {
 public:
  struct Seen {
    std::string uid, verdict;
    Endpoint endpoint;
    bool has_snapshot, dry_run;
  };
  void Decided(const DecisionView& view) override {
    seen.push_back({view.request.uid, std::string(view.decision.verdict), view.endpoint,
                    view.snapshot != nullptr, view.request.dry_run});
  }
  std::vector<Seen> seen;
};

class AdmissionHandlerTest : public testing::Test {
 protected:
  static HttpRequest Request(const std::string& body, const std::string& query = "timeout=10s") {
    return {.path = "/validate", .query = query, .body = body, .received = absl::Now()};
  }
  HttpReply Send(const std::string& body, const std::string& query = "timeout=10s") {
    return handler_.Answer(Endpoint::kValidate, Request(body, query));
  }
  Node Answer(const std::string& body) {
    const HttpReply reply = Send(body);
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.content_type, "application/json");
    auto review = ParseJson(reply.body, "reply");
    EXPECT_TRUE(review.ok()) << review.status();
    return *review->Find("response");
  }

  std::shared_ptr<FakeVerifier> verifier_ = std::make_shared<FakeVerifier>();
  Gate gate_{Fixed(PolicyText("strict", "enforce", "registry.test/**")), verifier_};
  Metrics metrics_;
  RecordingObserver observer_;
  Gates gates_{gate_};
  AdmissionHandler handler_{gates_, metrics_, [] { return absl::Now(); }, {&metrics_, &observer_}};
};

TEST_F(AdmissionHandlerTest, AnswersWithTheUidAndTheVerdict) {
  verifier_->Answer("registry.test/app", Yes());
  const Node response = Answer(ReviewText{.object = PodOf("registry.test/app:1")}.Json());
  EXPECT_EQ(response.StringOr("uid"), "u-1");
  EXPECT_TRUE(response.Find("allowed")->bool_value());
  EXPECT_THAT(response.Find("auditAnnotations")->StringOr("image-0"), HasSubstr("strict: yes"));
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr(R"(chartseal_admission_decisions_total{mode="enforce",reason="none",verdict="allowed"} 1)"));
}

TEST_F(AdmissionHandlerTest, ADenialIsA403InsideA200) {
  verifier_->Answer("registry.test/app", No(Reason::kIdentityMismatch));
  const Node response = Answer(ReviewText{.object = PodOf("registry.test/app:1")}.Json());
  EXPECT_FALSE(response.Find("allowed")->bool_value());
  EXPECT_EQ(response.FindPath({"status", "code"})->integer_value(), 403);
  EXPECT_EQ(response.Find("status")->StringOr("reason"), "Forbidden");
  EXPECT_THAT(response.Find("status")->StringOr("message"), HasSubstr("identity-mismatch"));
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr(
          R"(chartseal_admission_decisions_total{mode="enforce",reason="identity-mismatch",verdict="denied"} 1)"));
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr(
          R"(chartseal_image_verdicts_total{mode="enforce",policy="strict",reason="identity-mismatch",verdict="no"} 1)"));
}

TEST_F(AdmissionHandlerTest, WhatIsNoReviewIsABadRequestWithTheReason) {
  const HttpReply reply = Send("{}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("review-malformed: AdmissionReview"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("chartseal_malformed_reviews_total 1"));
}

TEST_F(AdmissionHandlerTest, ATimeoutThatIsNoDurationIsABadRequest) {
  const HttpReply reply = Send(ReviewText{.object = PodOf("registry.test/app:1")}.Json(), "timeout=soon");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("expected a duration such as 10s, found \"soon\""));
}

TEST_F(AdmissionHandlerTest, WhatMemoryAnswersIsRepliedAtOnce) {
  verifier_->Answer("registry.test/app", Yes());
  verifier_->Remember("registry.test/app");
  const auto begun =
      handler_.Start(Endpoint::kValidate, Request(ReviewText{.object = PodOf("registry.test/app:1")}.Json()));
  ASSERT_TRUE(std::holds_alternative<HttpReply>(begun));
  EXPECT_THAT(std::get<HttpReply>(begun).body, HasSubstr(R"("allowed":true)"));
  EXPECT_EQ(observer_.seen.size(), 1u);
}

TEST_F(AdmissionHandlerTest, WhatNeedsARegistryIsLeftAsWorkAndObservedWhenItIsDone) {
  verifier_->Answer("registry.test/app", No(Reason::kNoSignature));
  auto begun =
      handler_.Start(Endpoint::kMutate,
                     Request(ReviewText{.object = PodOf("registry.test/app:1"), .dry_run = "true"}.Json()));
  ASSERT_TRUE(std::holds_alternative<HttpWork>(begun));
  EXPECT_TRUE(verifier_->asked().empty());
  EXPECT_TRUE(observer_.seen.empty());
  EXPECT_THAT(std::get<HttpWork>(begun)().body, HasSubstr("no-signature"));
  ASSERT_EQ(observer_.seen.size(), 1u);
  EXPECT_EQ(observer_.seen[0].uid, "u-1");
  EXPECT_EQ(observer_.seen[0].verdict, "denied");
  EXPECT_EQ(observer_.seen[0].endpoint, Endpoint::kMutate);
  EXPECT_TRUE(observer_.seen[0].has_snapshot);
  EXPECT_TRUE(observer_.seen[0].dry_run);
}

TEST_F(AdmissionHandlerTest, WhatIsNoReviewIsNotObserved) {
  Send("{}");
  EXPECT_TRUE(observer_.seen.empty());
}

TEST_F(AdmissionHandlerTest, ADecisionThatAskedNoPolicyHasNoSnapshot) {
  Answer(ReviewText{.operation = "DELETE"}.Json());
  ASSERT_EQ(observer_.seen.size(), 1u);
  EXPECT_FALSE(observer_.seen[0].has_snapshot);
}

const absl::Time kReceived = absl::FromUnixSeconds(1'000'000);

absl::Duration TimeFor(std::string_view query) {
  const auto deadline = ReviewDeadline(query, kReceived);
  EXPECT_TRUE(deadline.ok()) << deadline.status();
  return *deadline - kReceived;
}

TEST(ReviewDeadline, IsTheTimeoutLessAMargin) {
  EXPECT_EQ(TimeFor("timeout=5s"), absl::Milliseconds(4800));
  EXPECT_EQ(TimeFor("a=b&timeout=1500ms"), absl::Milliseconds(1300));
}
TEST(ReviewDeadline, WithoutTimeoutIsTheDefault) { EXPECT_EQ(TimeFor(""), absl::Milliseconds(9800)); }
TEST(ReviewDeadline, IsCapped) { EXPECT_EQ(TimeFor("timeout=10m"), absl::Milliseconds(29800)); }
TEST(ReviewDeadline, LeavesHalfOfAShortTimeout) {
  EXPECT_EQ(TimeFor("timeout=100ms"), absl::Milliseconds(50));
}
TEST(ReviewDeadline, RefusesZeroAndLess) {
  EXPECT_FALSE(ReviewDeadline("timeout=0s", kReceived).ok());
  EXPECT_FALSE(ReviewDeadline("timeout=-3s", kReceived).ok());
}
TEST(ReviewDeadline, ANameThatOnlyEndsLikeItIsAnother) {
  EXPECT_EQ(TimeFor("xtimeout=1s"), absl::Milliseconds(9800));
}

HttpReply Ops(std::vector<ReadyCondition> conditions, const std::string& path) {
  const Metrics metrics;
  for (const Route& route : OpsRoutes(std::move(conditions), metrics)) {
    if (route.path == path) return route.handler({.path = path});
  }
  return {.status = 404};
}

TEST(OpsRoutes, HealthzAnswersAlways) {
  EXPECT_EQ(Ops({{"policies", [] { return false; }}}, "/healthz").status, 200);
}

TEST(OpsRoutes, ReadyzNamesWhatIsMissing) {
  bool policies = false;
  const std::vector<ReadyCondition> conditions = {{"policies: not all read yet", [&] { return policies; }},
                                                  {"trusted root: not loaded", [] { return true; }}};
  const HttpReply early = Ops(conditions, "/readyz");
  EXPECT_EQ(early.status, 503);
  EXPECT_EQ(early.body, "policies: not all read yet\n");
  policies = true;
  EXPECT_EQ(Ops(conditions, "/readyz").status, 200);
}

TEST(OpsRoutes, MetricsAreInTextFormatAndStartAtZero) {
  const HttpReply reply = Ops({}, "/metrics");
  EXPECT_THAT(reply.content_type, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(reply.body, HasSubstr("# TYPE chartseal_limits_reached_total counter"));
  EXPECT_THAT(reply.body, HasSubstr("chartseal_limits_reached_total{limit=\"in-flight\"} 0"));
  EXPECT_THAT(reply.body, HasSubstr("chartseal_requests_in_flight 0"));
}

}  // namespace
}  // namespace chartseal::webhook
