// Several records of releases at once: who waits for whom.
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "absl/time/clock.h"
#include "tests/webhook/release_world.h"
#include "tests/webhook/signal.h"

namespace chartseal::webhook {
namespace {

using Json = nlohmann::ordered_json;

// A gate with room for one release, whose images are asked about until the test says.
class FullReleaseGateTest : public ReleaseWorld {
 protected:
  FullReleaseGateTest() {
    Publish();
    Use(PolicyText({.extra =
                        "---\napiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\n"
                        "metadata: { name: images }\nspec:\n  match: { images: [\"**\"] }\n"
                        "  authorities:\n  - name: release\n    keyless:\n      identities:\n"
                        "      - { issuer: \"https://issuer.test\", subject: \"https://good.test\" }\n"}));
    images_->Answer("index.docker.io/library/busybox", Yes("busybox"));
    images_->Behave("ghcr.io/acme/app", [this](const ImageQuery&, absl::Time) {
      asking_.Notify();
      go_on_.WaitForNotification();
      return Yes("app");
    });
    gate_ = std::make_unique<ReleaseGate>(ReleaseGate::Parts{.policies = policies_,
                                                             .verifier = images_,
                                                             .charts = charts_,
                                                             .labels = nullptr,
                                                             .clock = net::SystemClock(),
                                                             .held_bytes = 1});
    first_ = std::async(std::launch::async, [this] { return Decide(Created()); });
    asking_.WaitForNotification();
    second_ = std::async(std::launch::async, [this] { return Decide(Created()); });
  }
  ~FullReleaseGateTest() override { go_on_.Notify(); }

  Decision Decide(const Json& secret, absl::Duration time = absl::Seconds(60)) {
    ReviewText review{.kind = "Secret", .resource = "secrets", .namespace_name = "newns"};
    review.object = secret.dump();
    PendingReview pending{.request = review.Parsed()};
    return gate_->Finish(pending, absl::Now() + time);
  }
  static void ExpectDenied(const Decision& decision, Reason reason) {
    EXPECT_FALSE(decision.response.allowed);
    EXPECT_EQ(Name(decision.reason), Name(reason)) << decision.response.message;
  }
  static const Json& Created() { return RecordedSecrets().front().secret; }
  // Whether a record that cannot be read is told so, or does not even get its turn. Unpacking takes a moment
  // only, so soon the latter for good.
  bool SecondKeepsItsTurn() {
    const Json unreadable = WithRecord(Created(), std::string("{}"));
    const absl::Time patience = absl::Now() + absl::Seconds(20);
    while (absl::Now() < patience) {
      if (Decide(unreadable, absl::Milliseconds(200)).reason == Reason::kOverloaded) return true;
    }
    return false;
  }

  Signal asking_;
  Signal go_on_;
  std::future<Decision> first_;
  std::future<Decision> second_;
};

TEST_F(FullReleaseGateTest, WhatIsUnpackedWaitsForRoomBeforeTheNextIsUnpacked) {
  EXPECT_TRUE(SecondKeepsItsTurn());
  ExpectDenied(Decide(Created(), absl::Milliseconds(100)), Reason::kOverloaded);
  go_on_.Notify();
  EXPECT_TRUE(first_.get().response.allowed);
  EXPECT_TRUE(second_.get().response.allowed);
  ExpectDenied(Decide(WithRecord(Created(), std::string("{}"))), Reason::kReleaseMalformed);
}

TEST_F(FullReleaseGateTest, UpdatesOfStatusDoNotWaitForRecordsThatAreVerified) {
  ASSERT_TRUE(SecondKeepsItsTurn());
  Json record = RecordIn(Created());
  record["info"]["status"] = "deployed";
  const Decision decision = Update(Created(), WithRecord(Created(), record));
  EXPECT_TRUE(decision.response.allowed) << decision.response.message;
  record["manifest"] = "---\n";
  ReviewText changed{
      .kind = "Secret", .resource = "secrets", .operation = "UPDATE", .namespace_name = "newns"};
  changed.object = WithRecord(Created(), record).dump();
  changed.old_object = Created().dump();
  ExpectDenied(Review(changed, absl::Milliseconds(200)), Reason::kOverloaded);
}

}  // namespace
}  // namespace chartseal::webhook
