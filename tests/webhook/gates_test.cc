#include "webhook/gates.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/webhook/gate_fixture.h"

namespace chartseal::webhook {
namespace {

// Takes one kind; answers at once or when it is asked again.
class KindGate : public ObjectGate {
 public:
  KindGate(std::string kind, bool waits) : kind_(std::move(kind)), waits_(waits) {}

  bool Covers(const AdmissionRequest& request) const override { return request.kind.kind == kind_; }
  std::optional<Decision> Begin(PendingReview& review, absl::Time) const override {
    if (!waits_) return Said(review);
    review.state = std::make_unique<Kept>();
    return std::nullopt;
  }
  Decision Finish(PendingReview& review, absl::Time) const override {
    EXPECT_NE(dynamic_cast<Kept*>(review.state.get()), nullptr);
    return Said(review);
  }

 private:
  struct Kept : PendingState {};

  Decision Said(const PendingReview& review) const {
    Decision decision = Allow(review.request);
    decision.response.warnings = {"by the gate of " + kind_};
    return decision;
  }

  const std::string kind_;
  const bool waits_;
};

class GatesTest : public GateTest {
 protected:
  Decision Through(const std::vector<const ObjectGate*>& others, const AdmissionRequest& request) {
    const Gate images(Fixed(kEnforce), verifier_);
    const Gates gates(images, others);
    PendingReview review{.request = request};
    if (auto decision = gates.Begin(review, kNow)) return *std::move(decision);
    finished_ = true;
    return gates.Finish(review, kDeadline);
  }
  const AdmissionRequest pod_ = ReviewText{.object = PodOf(std::string(kApp) + ":1")}.Parsed();
};

TEST_F(GatesTest, WhatNoOtherCoversIsForTheGateOfImages) {
  verifier_->Answer(kApp, No(Reason::kNoSignature));
  const KindGate secrets("Secret", false);
  EXPECT_EQ(Through({&secrets}, pod_).reason, Reason::kNoSignature);
  EXPECT_TRUE(finished_);
  EXPECT_EQ(Through({}, pod_).reason, Reason::kNoSignature);
}

TEST_F(GatesTest, TheFirstThatCoversARequestDecidesItAlone) {
  const KindGate secrets("Secret", false);
  const KindGate pods("Pod", false);
  const KindGate late("Pod", true);
  const Decision decision = Through({&secrets, &pods, &late}, pod_);
  EXPECT_EQ(decision.response.warnings, std::vector<std::string>{"by the gate of Pod"});
  EXPECT_FALSE(finished_);
  EXPECT_TRUE(verifier_->asked().empty());
}

TEST_F(GatesTest, WhoTookAReviewFinishesItWithWhatItKept) {
  const KindGate late("Pod", true);
  EXPECT_EQ(Through({&late}, pod_).response.warnings, std::vector<std::string>{"by the gate of Pod"});
  EXPECT_TRUE(finished_);
}

TEST_F(GatesTest, ChartsAreDecidedAsImagesAre) {
  ChartReport good{.chart = "registry.test/charts/app", .path = "spec.source", .version = "1.2.3"};
  good.digest = DigestOf("chart");
  good.rulings = {{.policy = "p", .answer = Answer::kYes}};
  ChartReport bad = good;
  bad.chart = "registry.test/charts/evil\n- forged";
  bad.rulings = {{.policy = "p", .answer = Answer::kNo, .reason = Reason::kIdentityMismatch}};

  const Decision allowed = Conclude(pod_, {.charts = {good}});
  EXPECT_TRUE(allowed.response.allowed);
  EXPECT_EQ(allowed.response.audit_annotations,
            (std::vector<std::pair<std::string, std::string>>{
                {"chart-0", "registry.test/charts/app:1.2.3 is " + good.digest->ToString() + "; p: yes"}}));

  const Decision denied = Conclude(pod_, {.charts = {good, bad}});
  EXPECT_FALSE(denied.response.allowed);
  EXPECT_EQ(denied.reason, Reason::kIdentityMismatch);
  EXPECT_TRUE(denied.response.message.starts_with(
      "chartseal does not admit 1 of 2 charts:\n- chart registry.test/charts/evil\\n- forged:1.2.3@sha256:"))
      << denied.response.message;

  bad.rulings[0].effect = Effect::kWarn;
  const Decision warned = Conclude(pod_, {.charts = {bad}});
  EXPECT_TRUE(warned.response.allowed);
  EXPECT_EQ(warned.verdict, "warned");
  EXPECT_EQ(warned.response.warnings.size(), 1u);
  EXPECT_TRUE(Conclude(pod_, {.charts = {bad}}, Endpoint::kMutate).response.warnings.empty());
}

}  // namespace
}  // namespace chartseal::webhook
