#include "publisher/package/ignore_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "publisher/package/go_glob.h"
#include "tests/base/why.h"
#include "tests/publisher/package/tree.h"
#include "verifier/base/limits.h"

namespace chartseal::publisher {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::vector<std::string> kFiles = {
    "#hash.txt",          ".hidden",        "Chart.yaml",        "README.md",
    "a/b/g.txt",          "a/f.txt",        "b/h.txt",           "docs/s/y.md",
    "docs/x.md",          "f.txt",          "keep.bak",          "other.bak",
    "sp ace.txt",         "templates/.dot", "templates/cm.yaml", "templates/s/.dot2",
    "templates/s/x.yaml", "é.txt"};

// What a .helmignore with this text leaves out of a chart that holds kFiles.
std::vector<std::string> LeftOut(const std::string& rules) {
  Tree tree;
  for (const std::string& file : kFiles) tree.File(file, "x\n");
  tree.File(".helmignore", rules);
  const std::vector<std::string> names = NamesOf(ReadChartTree(tree.root()));
  std::vector<std::string> expected = kFiles;
  expected.push_back(".helmignore");
  std::vector<std::string> missing;
  for (const std::string& name : expected) {
    if (std::find(names.begin(), names.end(), name) == names.end()) missing.push_back(name);
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

struct Case {
  std::string rules;
  std::vector<std::string> left_out;  // beside templates/.dot, which the default rule names
};

// What helm 3.17.3 and 4.2.3 leave out of the same chart.
const std::vector<Case> kAsHelm = {
    {"", {}},
    {"# comment\n\n   \n", {}},
    {"a/", {"a/b/g.txt", "a/f.txt"}},
    {"/f.txt", {"f.txt"}},
    {"a/f.txt", {"a/f.txt"}},
    {"b", {"a/b/g.txt", "b/h.txt"}},
    {"docs/*", {"docs/s/y.md", "docs/x.md"}},
    {".*", {".helmignore", ".hidden", "templates/s/.dot2"}},
    {"  *.bak  ", {"keep.bak", "other.bak"}},
    {"sp ace.txt", {"sp ace.txt"}},
    {"\\#hash.txt", {"#hash.txt"}},
    {"/docs/", {"docs/s/y.md", "docs/x.md"}},
    {"a/b/", {"a/b/g.txt"}},
    {"templates", {"templates/cm.yaml", "templates/s/.dot2", "templates/s/x.yaml"}},
    {"Chart.yaml", {"Chart.yaml"}},
    {"/", {}},
    {"[a-f].txt", {"a/f.txt", "f.txt"}},
    {"[^a-f].txt", {"a/b/g.txt", "b/h.txt", "é.txt"}},
    {"?.txt", {"a/b/g.txt", "a/f.txt", "b/h.txt", "f.txt", "é.txt"}},
    {"[é-ë].txt", {"é.txt"}},
    {"*/f.txt", {"a/f.txt"}},
    {"/*/f.txt", {"a/f.txt"}},
    {"f.txt/", {}},
    {"\xEF\xBB\xBF*.bak", {"keep.bak", "other.bak"}},
    {"*.bak\r\n*.md\r", {"README.md", "docs/s/y.md", "docs/x.md", "keep.bak", "other.bak"}},
    {"\u3000*.md\u00a0", {"README.md", "docs/s/y.md", "docs/x.md"}},
    {"docs/s*", {"docs/s/y.md"}},
    {"s", {"docs/s/y.md", "templates/s/.dot2", "templates/s/x.yaml"}},
    {"[z-a].txt", {}},
    {"*[.]md", {"README.md", "docs/s/y.md", "docs/x.md"}},
    {"\\f.txt", {"a/f.txt", "f.txt"}},
    {"-a*[b", {}},
    {".helmignore", {".helmignore"}},
};

TEST(IgnoreRulesTest, LeaveOutWhatHelmLeavesOut) {
  for (const Case& one : kAsHelm) {
    std::vector<std::string> expected = one.left_out;
    expected.push_back("templates/.dot");
    std::sort(expected.begin(), expected.end());
    EXPECT_THAT(LeftOut(one.rules), ElementsAreArray(expected)) << one.rules;
  }
}

TEST(IgnoreRulesTest, NegationLeavesOutEverythingElse) {
  std::vector<std::string> all = kFiles;
  all.push_back(".helmignore");
  std::sort(all.begin(), all.end());
  EXPECT_THAT(LeftOut("!"), ElementsAreArray(all));
  EXPECT_THAT(LeftOut("!docs/"), ElementsAreArray(all));
  std::vector<std::string> all_but_yaml = all;
  std::erase(all_but_yaml, "Chart.yaml");
  EXPECT_THAT(LeftOut("!*.yaml"), ElementsAreArray(all_but_yaml))
      << "directories do not match, so they go too";
  std::vector<std::string> all_but_keep = all;
  std::erase(all_but_keep, "keep.bak");
  EXPECT_THAT(LeftOut("*.bak\n!keep.bak"), ElementsAreArray(all)) << "the first rule that matches decides";
  EXPECT_THAT(LeftOut("!keep.bak"), ElementsAreArray(all_but_keep));
}

TEST(IgnoreRulesTest, NegatedDirectoryRuleLeavesOutEveryFile) {
  const auto rules = IgnoreRules::Parse("!docs/", "f");
  ASSERT_TRUE(rules.ok());
  EXPECT_FALSE(rules->Ignores("docs", true));
  EXPECT_TRUE(rules->Ignores("docs", false));
  EXPECT_TRUE(rules->Ignores("docs/x.md", false));
  EXPECT_TRUE(rules->Ignores("a", true));
}

TEST(IgnoreRulesTest, DefaultRuleIsForDotFilesOfTemplatesAlone) {
  const IgnoreRules rules = IgnoreRules::Default();
  EXPECT_TRUE(rules.Ignores("templates/.dot", false));
  EXPECT_TRUE(rules.Ignores("templates/.git", true));
  EXPECT_FALSE(rules.Ignores("templates/.", false));
  EXPECT_FALSE(rules.Ignores("templates/sub/.dot", false));
  EXPECT_FALSE(rules.Ignores(".dot", false));
  EXPECT_FALSE(rules.Ignores("charts/a/templates/.dot", false));
}

TEST(IgnoreRulesTest, OnlyTheFileAtTheRootCounts) {
  Tree tree;
  tree.File("a/.helmignore", "*\n").File("a/x", "1");
  EXPECT_THAT(NamesOf(ReadChartTree(tree.root())), ElementsAre("a/.helmignore", "a/x"));
}

struct BadLine {
  std::string rules;
  std::string expected;
};

TEST(IgnoreRulesTest, RefusesWhatHelmRefusesAndNamesTheLine) {
  const std::string refused = "ignore-rule-invalid: .helmignore:";
  const std::vector<BadLine> bad = {
      {"a/**", refused + "1: \"a/**\": helm knows no \"**\""},
      {"**", refused + "1: \"**\": helm knows no"},
      {"\\**", refused + "1: \"\\**\": helm knows no"},
      {"x\n\n# c\n[", refused + "4: \"[\": the pattern is malformed"},
      {"a[", refused + "1: \"a[\": the pattern is malformed"},
      {"![", refused + "1: \"![\": the pattern is malformed"},
      {"a\\", refused + "1: \"a\\\": the pattern is malformed"},
      {"[]a]", refused + "1: \"[]a]\": the pattern is malformed"},
      {"[-]", refused + "1: \"[-]\": the pattern is malformed"},
      {"[a-", refused + "1: \"[a-\": the pattern is malformed"},
      {"[^]", refused + "1: \"[^]\": the pattern is malformed"},
      {"[\xff]", refused + "1: \"[\\xff]\": the pattern is malformed"},
      {"ok\r\nf.txt\\\r\n", refused + "2: \"f.txt\\\": the pattern is malformed"},
      {"//f.txt", refused + "1: \"//f.txt\": helm 3 and helm 4 match"},
      {"!//f.txt", refused + "1: \"!//f.txt\": helm 3 and helm 4 match"},
      {std::string(64 << 10, 'a'), "the line is longer than helm reads"},
  };
  for (const BadLine& one : bad) {
    EXPECT_THAT(Why(IgnoreRules::Parse(one.rules, ".helmignore")), HasSubstr(one.expected));
  }
}

TEST(IgnoreRulesTest, RefusesTooManyRulesAndTooLargeAFile) {
  std::string many;
  for (size_t i = 0; i <= limits::kMaxIgnoreRules; ++i) many += "a\n";
  EXPECT_THAT(Why(IgnoreRules::Parse(many, "f")), StartsWith("limit-exceeded: f: more rules than the limit"));
  const std::string large(limits::kMaxIgnoreFileBytes + 1, '\n');
  EXPECT_THAT(Why(IgnoreRules::Parse(large, "f")), StartsWith("limit-exceeded: f: larger than the limit"));
}

struct Match {
  std::string pattern;
  std::string name;
  GlobMatch expected;
};

TEST(GoGlobTest, MatchesAsGoDoes) {
  const std::vector<Match> cases = {{"*", "", GlobMatch::kYes},
                                    {"*", ".x", GlobMatch::kYes},
                                    {"*", "a/b", GlobMatch::kNo},
                                    {"a*/b", "abc/b", GlobMatch::kYes},
                                    {"a*/b", "a/c/b", GlobMatch::kNo},
                                    {"a?c", "a/c", GlobMatch::kNo},
                                    {"a?c",
                                     "a\u65e5"
                                     "c",
                                     GlobMatch::kYes},
                                    {"a??", "a\u65e5", GlobMatch::kNo},
                                    {"a[^b]c", "a/c", GlobMatch::kYes},
                                    {"[\\]]", "]", GlobMatch::kYes},
                                    {"[\\-]", "-", GlobMatch::kYes},
                                    {"[a\\-c]", "b", GlobMatch::kNo},
                                    {"[*]", "*", GlobMatch::kYes},
                                    {"*[*]*", "a*b", GlobMatch::kYes},
                                    {"*a*b*c*", "xxaxxbxxcxx", GlobMatch::kYes},
                                    {"*a*b*c", "abcx", GlobMatch::kNo},
                                    {"\\*", "*", GlobMatch::kYes},
                                    {"\\*", "a", GlobMatch::kNo},
                                    {"", "", GlobMatch::kYes},
                                    {"", "a", GlobMatch::kNo},
                                    {"a", "", GlobMatch::kNo},
                                    {"[", "", GlobMatch::kMalformed},
                                    {"a[", "b", GlobMatch::kMalformed},
                                    {"b*[", "a", GlobMatch::kNo},
                                    {"*\\", "a", GlobMatch::kMalformed},
                                    {"[a", "a", GlobMatch::kMalformed},
                                    {"]", "]", GlobMatch::kYes},
                                    {"[a-\xff]", "a", GlobMatch::kMalformed},
                                    {"\xff", "\xff", GlobMatch::kYes},
                                    {"?", "\xff", GlobMatch::kYes},
                                    {"[\uFFFD]", "\xff", GlobMatch::kYes}};
  for (const Match& one : cases) {
    EXPECT_EQ(GoMatch(one.pattern, one.name), one.expected) << one.pattern << " " << one.name;
  }
}

TEST(GoGlobTest, ManyStarsEndInTime) {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "*a";
  EXPECT_EQ(GoMatch(pattern + "b", std::string(1000, 'a')), GlobMatch::kNo);
}

}  // namespace
}  // namespace chartseal::publisher
