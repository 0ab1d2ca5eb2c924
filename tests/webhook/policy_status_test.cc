#include "webhook/policy_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/fake_kube_client.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kPath[] = "/apis/chartseal.dev/v1alpha1/verificationpolicies";

Node Object(std::string_view name, int generation, std::string_view conditions = "",
            std::string_view version = "7") {
  return ParseJson(Cat(R"({"metadata":{"name":")", name, R"(","uid":"u-1","generation":)", generation,
                       R"(,"resourceVersion":")", version, R"("},"status":{"observedGeneration":)",
                       generation, R"(,"conditions":[)", conditions, "]}}"),
                   "test")
      .value();
}

std::string Ready(std::string_view status, std::string_view message, int generation) {
  return Cat(R"({"type":"Ready","status":")", status, R"(","reason":"R","message":")", message,
             R"(","observedGeneration":)", generation, R"(,"lastTransitionTime":"2020-01-01T00:00:00Z"})");
}

Condition Wants(bool holds, std::string message) { return {"Ready", holds, "R", std::move(message)}; }

class StatusWriterTest : public testing::Test {
 protected:
  StatusWriterTest()
      : client_(std::make_shared<FakeKubeClient>()),
        writer_(std::make_unique<StatusWriter>(
            client_, [] { return absl::FromUnixSeconds(1'700'000'000); }, absl::ZeroDuration())) {}

  // Everything that was sent, once nothing waits.
  std::vector<FakeKubeClient::Sent> Drain() {
    for (int i = 0; i < 10'000 && writer_->waiting() > 0; ++i) absl::SleepFor(absl::Milliseconds(1));
    EXPECT_EQ(writer_->waiting(), 0u);
    return client_->sent();
  }

  static const Node& ConditionOf(const FakeKubeClient::Sent& sent, size_t index = 0) {
    return sent.body.FindPath({"status", "conditions"})->list().at(index);
  }

  std::shared_ptr<FakeKubeClient> client_;
  std::unique_ptr<StatusWriter> writer_;
};

TEST_F(StatusWriterTest, PatchesTheStatusOfTheVersionThatWasRead) {
  writer_->Want(kPath, Object("a", 3), Wants(false, "spec.mod: unknown field"));
  const auto sent = Drain();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].method, "PATCH");
  EXPECT_EQ(sent[0].path, Cat(kPath, "/a/status"));
  EXPECT_EQ(sent[0].content_type, "application/merge-patch+json");
  EXPECT_EQ(WriteJson(sent[0].body),
            R"({"metadata":{"resourceVersion":"7"},"status":{"conditions":[{"type":"Ready","status":"False",)"
            R"("reason":"R","message":"spec.mod: unknown field","observedGeneration":3,)"
            R"("lastTransitionTime":"2023-11-14T22:13:20Z"}],"observedGeneration":3}})");
}

TEST_F(StatusWriterTest, WhatStandsThereAlreadyIsNotWritten) {
  writer_->Want(kPath, Object("a", 3, Ready("True", "fine", 3)), Wants(true, "fine"));
  EXPECT_THAT(Drain(), SizeIs(0));
}

TEST_F(StatusWriterTest, AnyDifferenceIsWritten) {
  writer_->Want(kPath, Object("a", 3, Ready("True", "fine", 3)), Wants(false, "fine"));
  writer_->Want(kPath, Object("b", 3, Ready("True", "fine", 3)), Wants(true, "finer"));
  writer_->Want(kPath, Object("c", 4, Ready("True", "fine", 3)), Wants(true, "fine"));
  EXPECT_THAT(Drain(), SizeIs(3));
}

TEST_F(StatusWriterTest, TheTimeOfTransitionStaysWhileTheStatusDoes) {
  writer_->Want(kPath, Object("a", 4, Ready("True", "fine", 3)), Wants(true, "fine"));
  writer_->Want(kPath, Object("b", 4, Ready("True", "fine", 3)), Wants(false, "bad"));
  const auto sent = Drain();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(ConditionOf(sent[0]).StringOr("lastTransitionTime"), "2020-01-01T00:00:00Z");
  EXPECT_EQ(ConditionOf(sent[1]).StringOr("lastTransitionTime"), "2023-11-14T22:13:20Z");
}

TEST_F(StatusWriterTest, ConditionsOfOtherTypesStay) {
  const std::string other = R"({"type":"KeysInlined","status":"True"})";
  writer_->Want(kPath, Object("a", 3, other + "," + Ready("True", "old", 3)), Wants(true, "new"));
  const auto sent = Drain();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(WriteJson(ConditionOf(sent[0], 0)), other);
  EXPECT_EQ(ConditionOf(sent[0], 1).StringOr("message"), "new");
  EXPECT_THAT(sent[0].body.FindPath({"status", "conditions"})->list(), SizeIs(2));
}

TEST_F(StatusWriterTest, AReplicaThatSaysOtherwiseIsNotFought) {
  writer_->Want(kPath, Object("a", 3), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(1));
  writer_->Want(kPath, Object("a", 3, Ready("False", "theirs", 3)), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(1));
  // A new generation is a new question.
  writer_->Want(kPath, Object("a", 4, Ready("False", "theirs", 4)), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(2));
  // And so is another answer to the same.
  writer_->Want(kPath, Object("a", 4, Ready("False", "theirs", 4)), Wants(true, "mine, changed"));
  EXPECT_THAT(Drain(), SizeIs(3));
}

TEST_F(StatusWriterTest, AnObjectThatWasMadeAnewIsANewQuestion) {
  writer_->Want(kPath, Object("a", 1), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(1));
  writer_->Forget(kPath, "a");
  writer_->Want(kPath, Object("a", 1), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(2));
}

TEST_F(StatusWriterTest, AConflictIsLeftToTheNextEvent) {
  client_->Answer({absl::AbortedError("conflict")});
  writer_->Want(kPath, Object("a", 3), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(1));
  writer_->Want(kPath, Object("a", 3, "", "8"), Wants(true, "mine"));
  const auto sent = Drain();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[1].body.Find("metadata")->StringOr("resourceVersion"), "8");
}

TEST_F(StatusWriterTest, WhatIsGoneOrRefusedIsNotTriedAgain) {
  client_->Answer({absl::NotFoundError("gone")});
  writer_->Want(kPath, Object("a", 3), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(1));
  client_->Answer({absl::InvalidArgumentError("schema")});
  writer_->Want(kPath, Object("b", 3), Wants(true, "mine"));
  EXPECT_THAT(Drain(), SizeIs(2));
  EXPECT_THAT(Drain(), SizeIs(2));
}

TEST_F(StatusWriterTest, AnOutageIsWaitedFor) {
  client_->Answer({absl::UnavailableError("away")});
  writer_->Want(kPath, Object("a", 3), Wants(true, "mine"));
  const auto sent = client_->Await(2);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[1].path, sent[0].path);
  EXPECT_EQ(WriteJson(sent[1].body), WriteJson(sent[0].body));
}

TEST_F(StatusWriterTest, ItStopsWhileTheApiServerIsAway) {
  client_->Answer({absl::UnavailableError("1"), absl::UnavailableError("2"), absl::UnavailableError("3")});
  writer_->Want(kPath, Object("a", 3), Wants(true, "mine"));
  client_->Await(1);
  const absl::Time before = absl::Now();
  writer_.reset();
  EXPECT_LT(absl::Now() - before, absl::Seconds(1));
}

TEST_F(StatusWriterTest, LongMessagesAreCutAndControlCharactersEscaped) {
  writer_->Want(kPath, Object("a", 3), Wants(false, "x\n" + std::string(10'000, 'y')));
  const auto sent = Drain();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(std::string(ConditionOf(sent[0]).StringOr("message")), testing::StartsWith("x\\nyyy"));
  EXPECT_LE(ConditionOf(sent[0]).StringOr("message").size(),
            limits::kMaxConditionBytes + std::string_view("\\n...").size());
}

}  // namespace
}  // namespace chartseal::webhook
