#include "publisher/checks/shell_commands.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "LINE: word|word", assignments first with a leading "=".
std::vector<std::string> Read(std::string_view script) {
  std::vector<std::string> out;
  for (const ShellCommand& command : ShellCommands(script)) {
    std::string text = Cat(command.line, ":");
    for (const std::string& word : command.assignments) text += Cat(" =", word);
    for (const std::string& word : command.words) text += Cat(" ", word);
    out.push_back(text);
  }
  return out;
}

TEST(ShellCommandsTest, LinesAndOperatorsSeparateCommands) {
  EXPECT_THAT(Read("a b\nc; d && e || f | g &\n( h )\n{ i; }"),
              ElementsAre("1: a b", "2: c", "2: d", "2: e", "2: f", "2: g", "3: h", "4: i"));
}

TEST(ShellCommandsTest, QuotesAreTakenOff) {
  EXPECT_THAT(Read("cosign sign \"$REPO\"'@'\"${DIGEST}\""), ElementsAre("1: cosign sign $REPO@${DIGEST}"));
  EXPECT_THAT(Read("a '' \"\""), ElementsAre("1: a  "));
}

TEST(ShellCommandsTest, ContinuedLinesAreOneCommandAtItsFirstLine) {
  EXPECT_THAT(Read("x\ncosign sign \\\n  --yes \\\n  ref\ny"),
              ElementsAre("1: x", "2: cosign sign --yes ref", "5: y"));
}

TEST(ShellCommandsTest, AssignmentsBeforeACommandAreToldApart) {
  EXPECT_THAT(Read("A=1 B=\"x y\" ko build C=3\nD=4"), ElementsAre("1: =A=1 =B=x y ko build C=3", "2: =D=4"));
}

TEST(ShellCommandsTest, CommandsInSubstitutionsAreCommandsToo) {
  EXPECT_THAT(Read("D=$(ko build ./cmd)\necho \"in $(crane digest $(x y)) `p q`\""),
              ElementsAre("1: ko build ./cmd", "1: =D=$(ko build ./cmd)", "2: x y", "2: crane digest $(x y)",
                          "2: p q", "2: echo in $(crane digest $(x y)) `p q`"));
}

TEST(ShellCommandsTest, CommentsAreLeftOutAndHashesInWordsAreNot) {
  EXPECT_THAT(Read("# cosign sign x\na#b # c\n"), ElementsAre("2: a#b"));
}

TEST(ShellCommandsTest, WhatIsNeverClosedEndsWithTheScript) {
  EXPECT_THAT(Read("a 'b c"), ElementsAre("1: a b c"));
  EXPECT_THAT(Read("a \"b c"), ElementsAre("1: a b c"));
  EXPECT_THAT(Read("a $(b"), ElementsAre("1: b", "1: a $(b"));
  EXPECT_THAT(Read("a `b"), ElementsAre("1: b", "1: a `b"));
  EXPECT_THAT(Read("a \\"), ElementsAre("1: a"));
  EXPECT_THAT(Read(""), IsEmpty());
}

TEST(ShellCommandsTest, DeepNestingIsBounded) {
  std::string script;
  for (int i = 0; i < 100'000; ++i) script += "$(";
  EXPECT_LE(ShellCommands(script).size(), 20u);
}

}  // namespace
}  // namespace chartseal::publisher
