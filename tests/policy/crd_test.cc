// The objects in tests/policy/crd: what manifests/crds/verificationpolicies.yaml refuses, our reader refuses
// too; what it accepts, our reader accepts, or makes not Ready. A comment in each file says with which words;
// script/interop asks a real API server for the other half ("# api: ").

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "test_directories.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/policy/pattern.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::policy {
namespace {

using ::testing::HasSubstr;

struct Example {
  std::string file;
  std::string text;
  std::string reader;  // what our reader says; empty when it accepts
  std::string api;     // what the API server says; empty when it accepts
};

std::string Header(const std::string& text, std::string_view name) {
  const std::string mark = Cat("# ", name, ": ");
  const size_t start = text.find(mark);
  if (start == std::string::npos) return "";
  const size_t from = start + mark.size();
  return text.substr(from, text.find('\n', from) - from);
}

std::vector<Example> Examples(const std::string& folder) {
  std::vector<Example> examples;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(CHARTSEAL_SOURCE_DIR) +
                                                               "/tests/policy/crd/" + folder)) {
    std::string text = ReadFile(entry.path().string(), limits::kMaxYamlBytes).value();
    std::string reader = Header(text, "reader");
    std::string api = Header(text, "api");
    examples.push_back(
        {entry.path().filename().string(), std::move(text), std::move(reader), std::move(api)});
  }
  EXPECT_FALSE(examples.empty()) << folder;
  return examples;
}

absl::Status Read(const Example& example) {
  const absl::StatusOr<Node> node = ParseYaml(example.text, example.file);
  if (!node.ok()) return node.status();
  return ReadPolicy(*node, example.file, Author::kCluster).status();
}

void ExpectRefused(const Example& example) {
  ASSERT_NE(example.reader, "") << example.file;
  const absl::Status status = Read(example);
  EXPECT_EQ(ReasonOf(status), Reason::kPolicyMalformed) << example.file << ": " << status;
  EXPECT_THAT(Message(status), HasSubstr(example.reader)) << example.file;
  EXPECT_THAT(Message(status), HasSubstr(Cat(example.file, ":"))) << example.file;
}

TEST(CustomResourceTest, WhatTheApiServerAcceptsIsRead) {
  for (const Example& example : Examples("accepted")) {
    EXPECT_TRUE(Read(example).ok()) << example.file << ": " << Read(example);
    EXPECT_EQ(example.reader + example.api, "") << example.file;
  }
}

TEST(CustomResourceTest, WhatTheApiServerRefusesOurReaderRefusesToo) {
  for (const Example& example : Examples("refused")) {
    EXPECT_NE(example.api, "") << example.file;
    ExpectRefused(example);
  }
}

TEST(CustomResourceTest, WhatTheApiServerCannotTellOurReaderRefuses) {
  for (const Example& example : Examples("not-ready")) {
    EXPECT_EQ(example.api, "") << example.file;
    ExpectRefused(example);
  }
}

TEST(CustomResourceTest, TheDefinitionNamesEveryClaimAndNoOther) {
  const std::string path = std::string(CHARTSEAL_SOURCE_DIR) + "/manifests/crds/verificationpolicies.yaml";
  const std::string text = ReadFile(path, limits::kMaxYamlBytes).value();
  const size_t start = text.find("k in [");
  ASSERT_NE(start, std::string::npos);
  const std::string list = text.substr(start, text.find(']', start) - start);
  long claims = 0;
  for (int number = 1; number <= sigstore::Claims::kHighestNumber; ++number) {
    const std::string_view name = sigstore::ClaimName(number);
    if (name.empty()) continue;
    ++claims;
    EXPECT_THAT(list, HasSubstr(Cat("'", name, "'")));
  }
  EXPECT_EQ(std::count(list.begin(), list.end(), '\''), 2 * claims);
}

// Names of repositories, and whether they are whole names of one.
constexpr std::pair<std::string_view, bool> kRepositories[] = {
    {"ghcr.io/acme/charts/app", true},
    {"registry.test/app", true},
    {"registry.test:5000/a/b", true},
    {"localhost/app", true},
    {"localhost:5000/app", true},
    {"127.0.0.1:5000/a__b.c-d", true},
    {"registry:5000/app", true},
    {"", false},
    {"app", false},
    {"acme/app", false},  // Docker Hub is written in full
    {"ghcr.io", false},
    {"ghcr.io/", false},
    {"ghcr.io//app", false},
    {"ghcr.io/acme/", false},
    {"/acme/app", false},
    {"oci://ghcr.io/acme/app", false},
    {"https://ghcr.io/acme/app", false},
    {"ghcr.io/acme/app:1.0.0", false},
    {"ghcr.io/acme/app@sha256:0000000000000000000000000000000000000000000000000000000000000000", false},
    {"ghcr.io/acme/*", false},
    {"ghcr.io/Acme/app", false},
    {"GHCR.io/acme/app", false},
    {"ghcr.io/acme/.app", false},
    {"ghcr.io/acme/a..b", false},
    {"-ghcr.io/acme", false},
    {"ghcr.io:0/acme", false},
    {"ghcr.io:5000", false},
    {" ghcr.io/acme/app", false},
    {"ghcr.io/acme/app\\n", false},
};

absl::Status ReadWithRepository(std::string_view repository) {
  const std::string text =
      ReadFile(std::string(CHARTSEAL_SOURCE_DIR) + "/tests/policy/crd/accepted/smallest.yaml",
               limits::kMaxYamlBytes)
          .value();
  const std::string rule = Cat("  customResourceDefinitions: [{ groups: [a.b], charts: [{ repository: \"",
                               repository, "\" }] }]\n");
  return ParsePolicyFile(text + rule, "p.yaml").status();
}

TEST(CustomResourceTest, TheDefinitionAndOurReaderTakeTheSameRepositories) {
  const std::string path = std::string(CHARTSEAL_SOURCE_DIR) + "/manifests/crds/verificationpolicies.yaml";
  const std::string text = ReadFile(path, limits::kMaxYamlBytes).value();
  const size_t start = text.find("pattern: '");
  ASSERT_NE(start, std::string::npos);
  const size_t from = start + std::string_view("pattern: '").size();
  const std::string pattern = text.substr(from, text.find('\'', from) - from);
  ASSERT_TRUE(pattern.starts_with('^') && pattern.ends_with('$')) << pattern;  // searched for, otherwise
  const Regexp schema = Regexp::Compile(pattern).value();
  for (const auto& [repository, good] : kRepositories) {
    EXPECT_EQ(schema.Matches(repository), good) << repository;
    const absl::Status status = ReadWithRepository(repository);
    EXPECT_EQ(status.ok(), good) << repository << ": " << status;
    EXPECT_EQ(ReasonOf(status), good ? Reason::kNone : Reason::kPolicyMalformed) << repository;
  }
}

}  // namespace
}  // namespace chartseal::policy
