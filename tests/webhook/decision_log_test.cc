#include "webhook/decision_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>

#include "tests/webhook/decided.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Logged(const Decided& decided) {
  testing::internal::CaptureStderr();
  {
    DecisionLog log;
    log.Decided(decided.View());
  }
  return testing::internal::GetCapturedStderr();
}

Node Line(const std::string& text) {
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  auto line = ParseJson(text, "log");
  EXPECT_TRUE(line.ok()) << line.status() << text;
  return line.ok() ? *std::move(line) : Node();
}

TEST(DecisionLog, ADenialIsAWarningWithWhoAndWhy) {
  Decided decided({ReportOf({NoBy("strict")})});
  const Node line = Line(Logged(decided));
  EXPECT_EQ(line.StringOr("level"), "warning");
  EXPECT_EQ(line.StringOr("message"), "admission");
  EXPECT_EQ(line.StringOr("request_id"), "u-1");
  EXPECT_EQ(line.StringOr("endpoint"), "validate");
  EXPECT_EQ(line.StringOr("verdict"), "denied");
  EXPECT_EQ(line.StringOr("reason"), "identity-mismatch");
  EXPECT_EQ(line.Find("milliseconds")->number_value(), 3);
  ASSERT_NE(line.Find("answers"), nullptr);
  const Node& answer = line.Find("answers")->list().at(0);
  EXPECT_EQ(answer.StringOr("policy"), "strict");
  EXPECT_EQ(answer.StringOr("digest"), crypto::Digest::Sha256Of("registry.test/acme/app:1").ToString());
}

TEST(DecisionLog, AWarningIsAWarning) {
  EXPECT_EQ(Line(Logged(Decided({ReportOf({NoBy("watch", Effect::kWarn)})}))).StringOr("verdict"), "warned");
}

TEST(DecisionLog, WhatWasAdmittedIsNotLoggedUnlessForDebugging) {
  const Decided decided({ReportOf({YesBy("strict")})});
  EXPECT_EQ(Logged(decided), "");
  log::SetLevel(log::Level::kDebug);
  EXPECT_EQ(Line(Logged(decided)).StringOr("verdict"), "allowed");
  log::SetLevel(log::Level::kInfo);
}

TEST(DecisionLog, WhatWasAdmittedAlthoughItCouldNotBeToldIsLogged) {
  const Node line = Line(Logged(Decided({ReportOf({UnknownBy("", Effect::kAllow)})})));
  EXPECT_EQ(line.StringOr("level"), "info");
  EXPECT_EQ(line.Find("answers")->list().at(0).StringOr("answer"), "could-not-tell");
}

TEST(DecisionLog, WhatNoPolicyWantsToKnowIsNotLogged) {
  EXPECT_EQ(Logged(Decided({ReportOf({NoBy("", Effect::kAllow, Reason::kNoPolicyMatches)})})), "");
}

TEST(DecisionLog, NothingOfTheObjectIsLogged) {
  const auto request =
      ReviewText{.object = PodWith(R"({"containers":[{"name":"app","image":"registry.test/acme/app:1",)"
                                   R"("env":[{"name":"PASSWORD","value":"hunter2"}]}]})")}
          .Parsed();
  EXPECT_THAT(Logged(Decided(request, {ReportOf({NoBy("strict")})})), Not(HasSubstr("hunter2")));
}

TEST(DecisionLog, NamesCannotForgeALineAndAreBounded) {
  AdmissionRequest request = ReviewText{.object = PodOf("registry.test/acme/app:1")}.Parsed();
  request.name = "a\"}\n{\"verdict\":\"allowed\"\x1b[2J" + std::string(5000, 'x');
  const std::string text = Logged(Decided(request, {ReportOf({NoBy("strict")})}));
  const Node line = Line(text);
  EXPECT_EQ(line.StringOr("verdict"), "denied");
  EXPECT_LT(line.StringOr("name").size(), 2 * limits::kMaxReviewNameBytes);
  EXPECT_THAT(std::string(line.StringOr("name")), HasSubstr("\\n"));
}

TEST(DecisionLog, ALineShowsAFewAnswersHoweverManyImagesThereAre) {
  std::vector<ImageReport> reports;
  for (int i = 0; i < 200; ++i)
    reports.push_back(ReportOf({NoBy("strict")}, "registry.test/app:" + std::to_string(i)));
  const Node line = Line(Logged(Decided(std::move(reports))));
  EXPECT_EQ(line.Find("images")->integer_value(), 200);
  EXPECT_EQ(line.Find("answers")->list().size(), 8);
}

TEST(BackgroundQueue, WhatDoesNotFitIsDroppedAndCountedAndNobodyWaits) {
  std::mutex gate;
  std::unique_lock closed(gate);
  std::atomic<int> done = 0;
  BackgroundQueue<int> queue(2, AtEnd::kFinish, [&](int) {
    const std::lock_guard lock(gate);
    ++done;
  });
  int accepted = 0;
  for (int i = 0; i < 10; ++i) accepted += queue.Push(i) ? 1 : 0;
  EXPECT_GE(accepted, 2);
  EXPECT_LE(accepted, 3);
  EXPECT_EQ(queue.dropped(), 10 - accepted);
  closed.unlock();
  queue.Drain();
  EXPECT_EQ(done, accepted);
}

TEST(BackgroundQueue, AtTheEndItFinishesOrForgetsAsItWasTold) {
  for (const AtEnd at_end : {AtEnd::kFinish, AtEnd::kDiscard}) {
    std::promise<void> open;
    const std::shared_future<void> opened = open.get_future().share();
    std::atomic<int> done = 0;
    std::thread opener;
    {
      BackgroundQueue<int> queue(100, at_end, [&](int) {
        opened.wait();
        ++done;
      });
      for (int i = 0; i < 50; ++i) queue.Push(i);
      opener = std::thread([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        open.set_value();
      });
    }
    opener.join();
    EXPECT_LE(done, at_end == AtEnd::kFinish ? 50 : 1);
    EXPECT_GE(done, at_end == AtEnd::kFinish ? 50 : 0);
  }
}

}  // namespace
}  // namespace chartseal::webhook
