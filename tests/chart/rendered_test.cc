#include "verifier/chart/rendered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"

namespace chartseal::chart {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Release Of(const std::string& manifest) {
  Release release;
  release.manifest = manifest;
  return release;
}

// "SOURCE|TEXT" of each.
std::vector<std::string> Documents(const Release& release) {
  std::vector<std::string> out;
  for (const RenderedDocument& document : DocumentsOf(release)) {
    out.push_back(Cat(document.hook ? "hook " : "", document.source, "|", document.text));
  }
  return out;
}

std::string Read(std::string_view text) {
  const auto node = ReadRendered(text, "doc");
  return node.ok() ? WriteJson(*node) : Why(node);
}

TEST(Rendered, DocumentsAreWhatStandsBetweenSeparatorsWithTheirSource) {
  EXPECT_THAT(
      Documents(
          Of("---\n# Source: app/templates/a.yaml\na: 1\n---\n# Source: app/templates/b.yaml\nb: 2\n\n")),
      ElementsAre("app/templates/a.yaml|a: 1\n", "app/templates/b.yaml|b: 2\n\n"));
}

TEST(Rendered, WithoutCommentThereIsNoSource) {
  EXPECT_THAT(Documents(Of("a: 1\n---\n\n# Source: late\nb: 2\n---\n#Source: x\nc: 3")),
              ElementsAre("|a: 1\n", "|\n# Source: late\nb: 2\n", "|#Source: x\nc: 3"));
}

TEST(Rendered, ASourceIsThatOfTheDocumentBehindASeparatorOfTheTemplateToo) {
  // As helm writes templates in which separators follow each other.
  EXPECT_THAT(Documents(Of("---\n# Source: app/templates/a.yaml\n---\na: 1\n---\nb: 2\n")),
              ElementsAre("app/templates/a.yaml|a: 1\n", "|b: 2\n"));
  EXPECT_THAT(Documents(Of("---\n# Source: x\n---\n# Source: y\na: 1\n")), ElementsAre("y|a: 1\n"));
}

TEST(Rendered, HooksComeAfterTheManifestUnderTheirPath) {
  Release release = Of("---\na: 1\n");
  release.hooks.push_back(
      {.name = "h", .kind = "Job", .path = "app/templates/job.yaml", .manifest = "kind: Job"});
  release.hooks.push_back({.manifest = ""});
  EXPECT_THAT(Documents(release), ElementsAre("|a: 1\n", "hook app/templates/job.yaml|kind: Job"));
}

TEST(Rendered, EveryDocumentOfAHookCounts) {
  Release release;
  ReleaseHook& hook = release.hooks.emplace_back();
  hook.path = "p";
  hook.manifest = "kind: Job\n---\nkind: Pod\n";
  EXPECT_THAT(Documents(release), ElementsAre("hook p|kind: Job\n", "hook p|kind: Pod\n"));
}

TEST(Rendered, EveryDocumentOfAHookHasItsEventsAndNoOtherHasAny) {
  Release release = Of("---\na: 1\n");
  ReleaseHook& hook = release.hooks.emplace_back();
  hook.manifest = "kind: Job\n---\nkind: Pod\n";
  hook.events = {"pre-install", "test"};
  const auto documents = DocumentsOf(release);
  ASSERT_EQ(documents.size(), 3);
  EXPECT_THAT(documents[0].events, IsEmpty());
  EXPECT_THAT(documents[1].events, ElementsAre("pre-install", "test"));
  EXPECT_THAT(documents[2].events, ElementsAre("pre-install", "test"));
}

TEST(Rendered, DocumentsWithoutContentAreLeftOut) {
  for (const std::string manifest : {"", "\n", "---", "---\n---\n", "---\n# Source: a/templates/b.yaml\n",
                                     "---\n# a comment\n  # another\n\t\n---\r\n"}) {
    EXPECT_THAT(Documents(Of(manifest)), IsEmpty()) << manifest;
  }
}

TEST(Rendered, SeparatorsMayHaveBlanksAndCommentsBehindThem) {
  for (const std::string separator : {"---\n", "---  \n", "---\t\n", "---\r\n", "--- # comment\n"}) {
    EXPECT_THAT(Documents(Of("a: 1\n" + separator + "b: 2\n")), ElementsAre("|a: 1\n", "|b: 2\n"))
        << separator;
  }
}

TEST(Rendered, WhatOnlyLooksLikeASeparatorKeepsADocumentTogetherAndMakesItUnreadable) {
  for (const std::string line : {"---x\n", "--- x\n", "----\n", "---#x\n", "--- {kind: Pod}\n", "--- |\n"}) {
    for (const std::string before : {"", "a: 1\n", "a: |\n  text\n"}) {
      const auto documents = Documents(Of(before + line + "b: 2\n"));
      ASSERT_THAT(documents, ElementsAre("|" + before + line + "b: 2\n"));
      EXPECT_THAT(Read(documents[0].substr(1)), HasSubstr("yaml-malformed: doc:")) << line;
    }
  }
  EXPECT_THAT(Documents(Of("a: |\n  ---\n")), ElementsAre("|a: |\n  ---\n"));
}

TEST(Rendered, ACharacterThatEndsALineForSomeReadersHidesNothing) {
  for (const std::string mark : {"\r", "\u0085", "\u2028", "\u2029"}) {
    const auto source = Documents(Of("---\n# Source: x" + mark + "kind: Pod\n"));
    ASSERT_EQ(source.size(), 1);
    EXPECT_THAT(Read(source[0].substr(1)),
                HasSubstr("ends a line for some readers of YAML and not for others"));
    const auto comment = Documents(Of("---\n# comment" + mark + "kind: Pod\n"));
    ASSERT_EQ(comment.size(), 1);
    EXPECT_THAT(Read(comment[0].substr(1)),
                StartsWith("yaml-malformed: doc:1: a character that ends a line for some readers"));
    EXPECT_THAT(Read("a: 1\nb: \"x" + mark + "\"\n"), StartsWith("yaml-malformed: doc:2: a character that"));
  }
  EXPECT_EQ(Read("a: 1\r\nb: 2\r\n"), R"({"a":1,"b":2})");
}

TEST(Rendered, ScalarsAreThoseOfYaml11AsHelmReadsThem) {
  EXPECT_EQ(
      Read("a: yes\nb: 0644\nc: 1_000\nd: 1.50\ne: ~\nf: 2001-01-01\ng: 12:30:45\nh: 'no'\ni: 0x1f\nj: 08\n"),
      R"({"a":true,"b":420,"c":1000,"d":1.5,"e":null,"f":"2001-01-01","g":"12:30:45","h":"no","i":31,"j":8.0})");
  EXPECT_EQ(Read("8080: a\nyes: b\n1.10: c\n0x1f: d\n1e6: e\n"),
            R"({"8080":"a","true":"b","1.1":"c","31":"d","1e+06":"e"})");
}

TEST(Rendered, AnchorsAliasesAndMergeKeysAreExpanded) {
  EXPECT_EQ(Read("x: &x {image: a}\nw:\n  <<: *x\n  z: *x\n"),
            R"({"x":{"image":"a"},"w":{"image":"a","z":{"image":"a"}}})");
}

TEST(Rendered, ALastLineWithoutEndIsReadAsIfItHadOne) {
  EXPECT_EQ(Read("a: |\n  text"), R"({"a":"text\n"})");
  EXPECT_EQ(Read("a: |-\n  text"), R"({"a":"text"})");
}

TEST(Rendered, ADocumentWithoutContentIsNull) {
  EXPECT_EQ(Read(""), "null");
  EXPECT_EQ(Read("# comment\n"), "null");
  EXPECT_EQ(Read("~\n"), "null");
}

TEST(Rendered, WhatIsNoObjectIsRefused) {
  EXPECT_EQ(Read("- a\n"), "yaml-malformed: doc:1: expected an object, found a list");
  EXPECT_EQ(Read("\n\nx\n"), "yaml-malformed: doc:3: expected an object, found a string");
}

TEST(Rendered, WhatClientsWouldReadOtherwiseIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"%YAML 1.1\na: 1\n", "begins with neither a key nor a comment"},
      {"# c\n%TAG ! x\na: 1\n", "begins with neither a key nor a comment"},
      {"\u00a0{\"kind\":\"Pod\"}\n", "begins with neither a key nor a comment"},
      {"\xEF\xBB\xBF"
       "a: 1\n",
       "begins with neither a key nor a comment"},
      {"a: 1\n...\nb: 2\n", "text after the end of the document"},
      {"{\"a\": 1}\n{\"kind\": \"Pod\"}\n", "text after the end of the document"},
      {"{\"a\": 1}\nkind: Pod\n", "not valid YAML"},
      {"a: 1\na: 2\n", "duplicate key \"a\""},
      {"1: a\n'1': b\n", "duplicate key \"1\""},
      {"yes: a\ntrue: b\n", "duplicate key \"true\""},
      {"a: !!binary aGk=\n", "tags are not allowed"},
      {"a: .inf\n", "a number that JSON does not have"},
      {"a: [.nan]\n", "a number that JSON does not have"},
      {"~: a\n", "keys must be strings"},
      {"? [a]\n: b\n", "keys must be strings"},
      {"a: \"\\x\"\n", "not valid YAML"},
      {"a: [b\n", "not valid YAML"},
      {"a: \x01\n", "control character"},
      {"a: \xff\n", "not UTF-8"},
  };
  for (const auto& [text, why] : cases) {
    EXPECT_THAT(Read(text), testing::AllOf(StartsWith("yaml-malformed: doc:"), HasSubstr(why))) << text;
  }
}

TEST(Rendered, IsAsLargeAndAsDeepAsObjectsOfKubernetes) {
  std::string deep;
  for (int i = 0; i < limits::kMaxJsonDepth; ++i) deep += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(Why(ReadRendered(deep, "doc")), "ok");
  EXPECT_THAT(Read(deep + std::string(limits::kMaxJsonDepth, ' ') + "a: 1\n"),
              HasSubstr("limit-exceeded: doc:65:65: YAML nested deeper than 64"));
  std::string many = "a:\n";
  for (size_t i = 0; i + 2 < limits::kMaxRenderedNodes; ++i) many += "- x\n";
  EXPECT_EQ(Why(ReadRendered(many, "doc")), "ok");
  EXPECT_THAT(Read(many + "- x\n"), HasSubstr("YAML more than 200000 values"));
  const std::string large = "a: " + std::string(limits::kMaxKubeObjectBytes - 4, 'x') + "\n";
  EXPECT_EQ(Why(ReadRendered(large, "doc")), "ok");
  EXPECT_THAT(Read(large + "\n"), StartsWith("limit-exceeded: doc: 4194305 bytes of YAML"));
}

}  // namespace
}  // namespace chartseal::chart
