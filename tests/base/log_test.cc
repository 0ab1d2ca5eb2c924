#include "verifier/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "tests/base/why.h"
#include "verifier/base/strict_json.h"

namespace chartseal {
namespace {

std::string Logged(const std::function<void()>& write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(LogTest, ALineIsOneJsonObjectWithTimeLevelMessageAndFields) {
  const std::string text = Logged([] { log::Info("verified", {{"image", "a/b"}, {"digest", "sha256:0"}}); });
  const auto line = ParseJson(text, "log");
  ASSERT_EQ(Why(line), "ok") << text;
  EXPECT_THAT(std::string(line->StringOr("time")), testing::MatchesRegex("....-..-..T..:..:..[.]...Z"));
  EXPECT_EQ(line->StringOr("level"), "info");
  EXPECT_EQ(line->StringOr("message"), "verified");
  EXPECT_EQ(line->StringOr("image"), "a/b");
  EXPECT_EQ(line->StringOr("digest"), "sha256:0");
  EXPECT_EQ(line->map().size(), 5);
}

TEST(LogTest, FieldsKeepTheirTypes) {
  Node fields = Node::MakeMap();
  fields.Set("images", Node::Integer(3)).Set("list", Node::MakeList().Append(Node::String("a\nb")));
  const std::string text = Logged([&] { log::Write(log::Level::kInfo, "admission", fields); });
  const auto line = ParseJson(text, "log");
  ASSERT_EQ(Why(line), "ok") << text;
  EXPECT_EQ(line->Find("images")->integer_value(), 3);
  EXPECT_EQ(line->Find("list")->list().at(0).string_value(), "a\nb");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(LogTest, BelowTheLevelNothingIsEnabledAndNothingIsWritten) {
  log::SetLevel(log::Level::kWarning);
  EXPECT_FALSE(log::Enabled(log::Level::kInfo));
  EXPECT_TRUE(log::Enabled(log::Level::kWarning));
  EXPECT_EQ(Logged([] { log::Write(log::Level::kInfo, "admission", Node::MakeMap()); }), "");
  log::SetLevel(log::Level::kInfo);
  EXPECT_TRUE(log::Enabled(log::Level::kInfo));
}

TEST(LogTest, NoValueCanForgeALineOrAField) {
  const std::string text = Logged([] {
    log::Warning("a\",\"level\":\"debug\n{\"message\":\"forged\"}", {{"k\"\n", "\xff\x1b {} %v \\"}});
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto line = ParseJson(text, "log");
  ASSERT_EQ(Why(line), "ok") << text;
  EXPECT_EQ(line->StringOr("level"), "warning");
  EXPECT_EQ(line->StringOr("message"), "a\",\"level\":\"debug\n{\"message\":\"forged\"}");
  EXPECT_EQ(line->StringOr("k\"\n"), "\uFFFD\x1b {} %v \\");
}

TEST(LogTest, NothingBelowTheLevelIsWritten) {
  EXPECT_EQ(Logged([] { log::Debug("quiet"); }), "");
  log::SetLevel(log::Level::kError);
  EXPECT_EQ(Logged([] { log::Warning("quiet"); }), "");
  EXPECT_THAT(Logged([] { log::Error("loud"); }), testing::HasSubstr(R"("level":"error","message":"loud")"));
  log::SetLevel(log::Level::kDebug);
  EXPECT_THAT(Logged([] {
                log::Debug("now");
                log::Info("flush");
              }),
              testing::HasSubstr(R"("message":"now")"));
  log::SetLevel(log::Level::kInfo);
}

}  // namespace
}  // namespace chartseal
