#include "publisher/package/chart_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "publisher/package/beneath.h"
#include "tests/base/why.h"
#include "tests/publisher/package/tree.h"
#include "verifier/base/limits.h"

namespace chartseal::publisher {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ChartTreeTest : public ::testing::Test {
 protected:
  std::vector<std::string> Names() { return NamesOf(ReadChartTree(tree_.root())); }
  std::string Refusal() { return Why(ReadChartTree(tree_.root())); }
  Tree tree_;
};

TEST_F(ChartTreeTest, DirectoriesStandWhereTheirNamesDo) {
  tree_.File("a.txt", "1").File("a/x", "2").File("a/B", "3").File("Z", "4").File("a-b/y", "5");
  EXPECT_THAT(Names(), ElementsAre("Z", "a/B", "a/x", "a-b/y", "a.txt"));
}

TEST_F(ChartTreeTest, LinksAreReplacedByWhatTheyLeadTo) {
  tree_.File("files/real.txt", "content").File("d/e/x", "1");
  tree_.Link("link.txt", "files/real.txt")
      .Link("again", "link.txt")
      .Link("dir", "d/e")
      .Link("d/up", "../files");
  const auto files = ReadChartTree(tree_.root());
  EXPECT_THAT(NamesOf(files),
              ElementsAre("again", "d/e/x", "d/up/real.txt", "dir/x", "files/real.txt", "link.txt"));
  for (const chart::File& file : *files) EXPECT_EQ(file.bytes, file.name.ends_with("/x") ? "1" : "content");
}

TEST_F(ChartTreeTest, RulesSeeTheNameOfALinkAndTheKindOfItsTarget) {
  tree_.File("files/x", "1")
      .Link("dir", "files")
      .Link("file", "files/x")
      .File(".helmignore", "dir/\nfile/\n");
  EXPECT_THAT(Names(), ElementsAre(".helmignore", "file", "files/x"));
}

TEST_F(ChartTreeTest, LinkOutOfTheChartIsRefusedWithItsTarget) {
  tree_.File("templates/a", "1").Link("templates/b", "../../secret");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-link-escapes: "), HasSubstr("chart/templates/b: "),
                               HasSubstr("leads out of the chart, to ../../secret")));
}

TEST_F(ChartTreeTest, LinkThatLeavesAndComesBackIsRefused) {
  tree_.File("x", "1").Link("b", "../chart/x");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-link-escapes: "), HasSubstr("to ../chart/x")));
}

TEST_F(ChartTreeTest, AbsoluteLinkIsRefusedWhereverItLeads) {
  tree_.File("x", "1").Link("b", tree_.path("x"));
  EXPECT_THAT(Refusal(),
              AllOf(StartsWith("chart-link-escapes: "), HasSubstr("absolute path"), HasSubstr("chart/x")));
}

TEST_F(ChartTreeTest, LinkByWayOfAnotherThatEscapesIsRefused) {
  tree_.Link("out", "..").Link("b", "out/secret");
  std::filesystem::create_directory(tree_.outside("secret"));
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-link-escapes: "), HasSubstr("chart/b: ")));
}

TEST_F(ChartTreeTest, EscapingOrBrokenLinkThatIsIgnoredDoesNoHarm) {
  tree_.File("x", "1").Link("b", "/etc/passwd").Link("c", "nowhere").File(".helmignore", "b\nc\n");
  EXPECT_THAT(Names(), ElementsAre(".helmignore", "x"));
}

TEST_F(ChartTreeTest, BrokenLinkIsRefused) {
  tree_.Link("b", "nowhere");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-refused: "), HasSubstr("chart/b: "),
                               HasSubstr("leads nowhere, to nowhere")));
}

TEST_F(ChartTreeTest, LinksInCirclesAreRefused) {
  tree_.Link("a", "b").Link("b", "a");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-refused: "), HasSubstr("in circles")));
}

TEST_F(ChartTreeTest, LinkToADirectoryThatHoldsItIsRefused) {
  tree_.File("a/x", "1").Link("a/b/loop", "../../a");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-refused: "), HasSubstr("chart/a/b/loop: "),
                               HasSubstr("a directory that it is in")));
}

TEST_F(ChartTreeTest, LinkToTheRootIsRefused) {
  tree_.File("x", "1").Link("loop", ".");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-refused: "), HasSubstr("a directory that it is in")));
}

// 2^20 files from twenty links.
TEST_F(ChartTreeTest, LinksThatMultiplyAreBounded) {
  tree_.File("d0/x", "1");
  for (int i = 1; i <= 20; ++i) {
    const std::string target = Cat("../d", i - 1);
    tree_.Link(Cat("d", i, "/a"), target).Link(Cat("d", i, "/b"), target);
  }
  EXPECT_THAT(Refusal(), StartsWith("limit-exceeded: "));
}

TEST_F(ChartTreeTest, FifoIsRefusedWithoutWaitingForAWriter) {
  ASSERT_EQ(mkfifo(tree_.path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(Refusal(),
              AllOf(StartsWith("chart-refused: "), HasSubstr("chart/pipe: neither a file nor a directory")));
}

TEST_F(ChartTreeTest, SocketAndDeviceAreRefused) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  tree_.path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(fd);
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-refused: "), HasSubstr("chart/socket: neither")));
}

TEST_F(ChartTreeTest, IrregularFileThatIsIgnoredDoesNoHarm) {
  ASSERT_EQ(mkfifo(tree_.path("pipe").c_str(), 0600), 0);
  tree_.File(".helmignore", "pipe\n").File("x", "1");
  EXPECT_THAT(Names(), ElementsAre(".helmignore", "x"));
}

TEST_F(ChartTreeTest, NamesThatReadersRefuseAreRefused) {
  const std::vector<std::pair<std::string, std::string>> bad = {{"a\nb", "control character"},
                                                                {"a\\b", "backslash"},
                                                                {"a\xff", "not UTF-8"},
                                                                {"C:/x", "drive letter"},
                                                                {"a\x7f", "control character"}};
  for (const auto& [name, problem] : bad) {
    Tree tree;
    tree.File(name, "1");
    EXPECT_THAT(Why(ReadChartTree(tree.root())),
                AllOf(StartsWith("chart-refused: "), HasSubstr(problem), HasSubstr("rename it")))
        << name;
  }
}

TEST_F(ChartTreeTest, FileOfTheLimitIsTakenAndOneByteMoreIsNot) {
  tree_.File("x", std::string(limits::kMaxChartFileBytes, 'x'));
  EXPECT_THAT(Names(), ElementsAre("x"));
  tree_.File("x", std::string(limits::kMaxChartFileBytes + 1, 'x'));
  EXPECT_THAT(Refusal(),
              AllOf(StartsWith("limit-exceeded: "), HasSubstr("chart/x: larger than the limit of 5242880")));
}

TEST_F(ChartTreeTest, WholeChartIsBounded) {
  const std::string large(limits::kMaxChartFileBytes, 'x');
  for (int i = 0; i < 20; ++i) tree_.File(Cat("x", i), large);
  EXPECT_THAT(Refusal(), AllOf(StartsWith("limit-exceeded: "), HasSubstr("larger than helm unpacks")));
}

TEST_F(ChartTreeTest, MissingDirectoryAndFileInItsPlaceAreNamed) {
  EXPECT_THAT(Why(ReadChartTree(tree_.path("none"))),
              AllOf(StartsWith("file-unusable: cannot read "), HasSubstr("/none")));
  tree_.File("x", "1");
  EXPECT_THAT(Why(ReadChartTree(tree_.path("x"))),
              AllOf(StartsWith("file-unusable: "), HasSubstr("not a directory")));
}

TEST_F(ChartTreeTest, IgnoreFileThatIsADirectoryIsRefused) {
  tree_.File(".helmignore/x", "1");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("chart-refused: "), HasSubstr(".helmignore: not a regular file")));
}

TEST_F(ChartTreeTest, IgnoreFileThatEscapesIsRefused) {
  tree_.Link(".helmignore", "../rules");
  EXPECT_THAT(Refusal(), StartsWith("chart-link-escapes: "));
}

TEST_F(ChartTreeTest, BadIgnoreRuleNamesFileAndLine) {
  tree_.File(".helmignore", "ok\na/**\n");
  EXPECT_THAT(Refusal(), AllOf(StartsWith("ignore-rule-invalid: "), HasSubstr("chart/.helmignore:2: ")));
}

// Links are never opened, so that one swapped in between looking and reading leads nowhere.
TEST_F(ChartTreeTest, NothingBehindALinkCanBeOpened) {
  tree_.File("d/x", "1").Link("l", "d").Link("f", "d/x");
  const auto root = Beneath::Open(tree_.root());
  ASSERT_TRUE(root.ok());
  EXPECT_TRUE(root->OpenAt("d/x").ok());
  EXPECT_THAT(Why(root->OpenAt("f").status()), StartsWith("file-unusable: cannot read "));
  EXPECT_THAT(Why(root->OpenAt("l/x").status()), StartsWith("file-unusable: cannot read "));
  EXPECT_THAT(Why(root->List("l").status()), StartsWith("file-unusable: cannot read "));
}

}  // namespace
}  // namespace chartseal::publisher
