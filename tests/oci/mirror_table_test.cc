#include "verifier/oci/mirror_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_yaml.h"

namespace chartseal::oci {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusOr<MirrorTable> Table(const std::string& yaml) {
  const auto document = ParseYaml(yaml, "config.yaml");
  EXPECT_EQ(Why(document), "ok");
  const Node* list = document->Find("mirrors");
  return MirrorTable::Read(list == nullptr ? Node() : *list, "config.yaml");
}

std::vector<std::string> Places(const MirrorTable& table, const std::string& reference) {
  const auto places = table.PlacesOf(Reference::Parse(reference).value());
  EXPECT_EQ(Why(places), "ok");
  std::vector<std::string> names;
  if (places.ok()) {
    for (const Place& place : *places) names.push_back(place.reference.ToString());
  }
  return names;
}

TEST(MirrorTable, AMirrorComesFirstAndTheNameItselfLast) {
  const auto table = Table("mirrors: [{from: ghcr.io/acme, to: [\"mirror.test:5000/ghcr/acme\"]}]");
  ASSERT_EQ(Why(table), "ok");
  EXPECT_THAT(Places(*table, "ghcr.io/acme/app:1"),
              ElementsAre("mirror.test:5000/ghcr/acme/app:1", "ghcr.io/acme/app:1"));
}

TEST(MirrorTable, WithoutFallbackOnlyMirrorsAreAsked) {
  const auto table = Table("mirrors:\n- from: ghcr.io\n  to: [a.test/ghcr, b.test]\n  fallback: false\n");
  ASSERT_EQ(Why(table), "ok");
  EXPECT_THAT(Places(*table, "ghcr.io/acme/app:1"),
              ElementsAre("a.test/ghcr/acme/app:1", "b.test/acme/app:1"));
}

TEST(MirrorTable, TagAndDigestAreKept) {
  const auto table = Table("mirrors: [{from: ghcr.io, to: [a.test], fallback: false}]");
  ASSERT_EQ(Why(table), "ok");
  const std::string digest = "@sha256:" + std::string(64, 'a');
  EXPECT_THAT(Places(*table, "ghcr.io/acme/app:1" + digest), ElementsAre("a.test/acme/app:1" + digest));
  EXPECT_THAT(Places(*table, "oci://ghcr.io/acme/app"), ElementsAre("a.test/acme/app"));
}

TEST(MirrorTable, TheLongestPrefixWinsAlone) {
  const auto table = Table(
      "mirrors:\n- {from: ghcr.io, to: [short.test]}\n"
      "- {from: ghcr.io/acme/charts, to: [long.test], fallback: false}\n"
      "- {from: ghcr.io/acme, to: [middle.test]}\n");
  ASSERT_EQ(Why(table), "ok");
  EXPECT_THAT(Places(*table, "ghcr.io/acme/charts/app:1"), ElementsAre("long.test/app:1"));
  EXPECT_THAT(Places(*table, "ghcr.io/acme/app:1"), ElementsAre("middle.test/app:1", "ghcr.io/acme/app:1"));
  EXPECT_THAT(Places(*table, "ghcr.io/other/app:1"),
              ElementsAre("short.test/other/app:1", "ghcr.io/other/app:1"));
}

TEST(MirrorTable, APrefixIsWholeComponentsOnly) {
  const auto table = Table("mirrors: [{from: ghcr.io/acme, to: [a.test]}]");
  ASSERT_EQ(Why(table), "ok");
  for (const char* name : {"ghcr.io/acme-evil/app:1", "ghcr.io/acmes:1", "xghcr.io/acme/app:1",
                           "ghcr.io:444/acme/app:1", "other.test/ghcr.io/acme/app:1"}) {
    EXPECT_THAT(Places(*table, name), ElementsAre(name)) << name;
  }
}

TEST(MirrorTable, AWholeRepositoryCanHaveAMirror) {
  const auto table = Table("mirrors: [{from: ghcr.io/acme/app, to: [a.test/x/app], fallback: false}]");
  ASSERT_EQ(Why(table), "ok");
  EXPECT_THAT(Places(*table, "ghcr.io/acme/app:1"), ElementsAre("a.test/x/app:1"));
}

TEST(MirrorTable, DockerHubIsFoundUnderEachOfItsNames) {
  for (const char* from : {"docker.io", "index.docker.io"}) {
    const auto table = Table(Cat("mirrors: [{from: ", from, ", to: [a.test/hub], fallback: false}]"));
    ASSERT_EQ(Why(table), "ok");
    EXPECT_THAT(Places(*table, "nginx"), ElementsAre("a.test/hub/library/nginx:latest"));
    EXPECT_THAT(Places(*table, "docker.io/grafana/loki:3"), ElementsAre("a.test/hub/grafana/loki:3"));
  }
}

TEST(MirrorTable, AMirrorIsNotLookedUpAgain) {
  const auto table = Table(
      "mirrors:\n- {from: a.test, to: [b.test], fallback: false}\n"
      "- {from: b.test, to: [a.test], fallback: false}\n");
  ASSERT_EQ(Why(table), "ok");
  EXPECT_THAT(Places(*table, "a.test/app:1"), ElementsAre("b.test/app:1"));
}

TEST(MirrorTable, WithoutRulesANameMeansItself) {
  EXPECT_THAT(Places(MirrorTable(), "ghcr.io/acme/app:1"), ElementsAre("ghcr.io/acme/app:1"));
  const auto none = MirrorTable::Read(Node(), "config.yaml");
  ASSERT_EQ(Why(none), "ok");
  EXPECT_TRUE(none->empty());
}

TEST(MirrorTable, ANameThatBecomesTooLongIsAnErrorAndNotTheOriginal) {
  const auto table = Table(Cat("mirrors: [{from: ghcr.io, to: [a.test/", std::string(200, 'm'), "]}]"));
  ASSERT_EQ(Why(table), "ok");
  const auto places = table->PlacesOf(Reference::Parse(Cat("ghcr.io/", std::string(100, 'x'), ":1")).value());
  EXPECT_THAT(Why(places), StartsWith("reference-malformed: mirror a.test/mmm"));
}

struct Refused {
  const char* yaml;
  const char* why;
};

TEST(MirrorTable, ATableThatDoesNotSayWhatItMeansIsRefusedWithLineAndField) {
  const std::vector<Refused> cases = {
      {"mirrors: ghcr.io", "yaml-malformed: config.yaml"},
      {"mirrors: {from: ghcr.io}", "expected a list"},
      {"mirrors:\n- ghcr.io", "expected an object, found a string"},
      {"mirrors:\n- {to: [a.test]}", "from: missing"},
      {"mirrors:\n- {from: ghcr.io}", "to: at least one mirror is needed"},
      {"mirrors:\n- {from: ghcr.io, to: []}", "to: at least one mirror is needed"},
      {"mirrors:\n- {from: ghcr.io, to: a.test}", "expected a list"},
      {"mirrors:\n- {from: 7, to: [a.test]}", "expected a string"},
      {"mirrors:\n- {from: acme/app, to: [a.test]}", "write docker.io for Docker Hub"},
      {"mirrors:\n- {from: \"\", to: [a.test]}", "expected HOST or HOST/PATH"},
      {"mirrors:\n- {from: ghcr.io/, to: [a.test]}", "expected HOST or HOST/PATH"},
      {"mirrors:\n- {from: \"https://ghcr.io\", to: [a.test]}", "expected HOST or HOST/PATH"},
      {"mirrors:\n- {from: \"ghcr.io/acme/*\", to: [a.test]}", "expected HOST or HOST/PATH"},
      {"mirrors:\n- {from: \"ghcr.io/acme:1\", to: [a.test]}", "expected HOST or HOST/PATH"},
      {"mirrors:\n- {from: ghcr.io, to: [\"a.test/UP\"]}", "expected HOST or HOST/PATH"},
      {"mirrors:\n- {from: ghcr.io, to: [ghcr.io]}", "ghcr.io would be a mirror of itself"},
      {"mirrors:\n- {from: ghcr.io, to: [\"GHCR.io:443\"]}", "ghcr.io would be a mirror of itself"},
      {"mirrors:\n- {from: ghcr.io, to: [a.test, a.test]}", "a.test is there twice"},
      {"mirrors:\n- {from: ghcr.io, to: [a.test], fallback: maybe}",
       "fallback: expected true or false, found a string"},
      {"mirrors:\n- {from: ghcr.io, to: [a.test], fallBack: true}", "fallBack"},
      {"mirrors:\n- {from: docker.io, to: [a.test]}\n- {from: index.docker.io, to: [b.test]}",
       "index.docker.io has a rule already"},
      {"mirrors:\n- {from: ghcr.io, to: [a.test, b.test, c.test, d.test, e.test, f.test, g.test, h.test, "
       "i.test]}",
       "8"},
  };
  for (const Refused& refused : cases) {
    const auto table = Table(refused.yaml);
    EXPECT_THAT(Why(table), HasSubstr(refused.why)) << refused.yaml;
    EXPECT_THAT(Why(table), StartsWith("yaml-malformed: ")) << refused.yaml;
  }
  EXPECT_THAT(Why(Table("mirrors:\n- {from: ghcr.io, to: [a.test]}\n- {from: acme, to: [a.test]}")),
              HasSubstr("config.yaml:3"));
}

TEST(MirrorTable, TooManyRulesAreRefused) {
  std::string yaml = "mirrors:\n";
  for (size_t i = 0; i <= limits::kMaxMirrors; ++i) yaml += Cat("- {from: r", i, ".test, to: [a.test]}\n");
  EXPECT_THAT(Why(Table(yaml)), HasSubstr(Cat(limits::kMaxMirrors)));
}

}  // namespace
}  // namespace chartseal::oci
