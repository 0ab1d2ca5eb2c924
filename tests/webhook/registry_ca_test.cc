#include "webhook/registry_ca.h"

#include <gmock/gmock.h>

#include "tests/base/why.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_yaml.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<std::map<std::string, std::string>> Read(const std::string& yaml) {
  return ReadRegistryCa(ParseYaml(yaml, "config").value(), "config");
}

TEST(RegistryCaTest, HasAFileForEachRegistry) {
  const auto files = Read("registry.corp: /etc/ca.pem\n'[::1]:5000': other.pem\nhub.corp:5000: third.pem\n");
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(*files, ElementsAre(Pair("[::1]:5000", "other.pem"), Pair("hub.corp:5000", "third.pem"),
                                  Pair("registry.corp", "/etc/ca.pem")));
}

TEST(RegistryCaTest, IsEmptyWhenItIsAbsent) {
  EXPECT_THAT(ReadRegistryCa(Node(), "config").value(), IsEmpty());
}

TEST(RegistryCaTest, WhatNamesNoRegistryIsRefused) {
  for (const char* host : {"https://registry.corp", "registry.corp/team", "Registry.corp",
                           "registry.corp:443", "user@registry.corp", "a b", "''"}) {
    const std::string yaml = "registry.ok: ca.pem\n" + std::string(host) + ": ca.pem\n";
    EXPECT_THAT(Why(Read(yaml)), HasSubstr("yaml-malformed: config:2: registry-ca: expected a host")) << host;
  }
}

TEST(RegistryCaTest, WhatNamesNoFileIsRefused) {
  for (const char* file : {"''", "7", "[a]", "{}", ""}) {
    EXPECT_THAT(Why(Read("registry.corp: " + std::string(file) + "\n")),
                HasSubstr("registry-ca: registry.corp: expected the name of a PEM file"))
        << file;
  }
}

TEST(RegistryCaTest, AnythingButATableIsRefused) {
  EXPECT_THAT(Why(Read("- a\n")), HasSubstr("registry-ca: expected HOST: FILE pairs, found a list"));
  EXPECT_THAT(Why(Read("ca.pem\n")), HasSubstr("registry-ca: expected HOST: FILE pairs, found a string"));
}

TEST(RegistryCaTest, TooManyRegistriesAreRefused) {
  std::string yaml;
  for (size_t i = 0; i <= limits::kMaxRegistryCaFiles; ++i)
    yaml += "r" + std::to_string(i) + ".corp: ca.pem\n";
  EXPECT_THAT(Why(Read(yaml)), HasSubstr("registry-ca: more than 64 registries"));
}

}  // namespace
}  // namespace chartseal::webhook
