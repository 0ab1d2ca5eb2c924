#include "tests/conformance/vectors.h"
#include "test_directories.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "verifier/base/strict_json.h"

namespace chartseal::conformance {

std::string VectorPath(const std::string& relative) {
  return std::string(CHARTSEAL_SOURCE_DIR) + "/../shared/vectors/" + relative;
}

bool HaveVectors() {
  const bool present = VectorExists("sigstore") && VectorExists("cpython") && VectorExists("public-good");
  static bool said = false;
  if (!present && !said) std::fputs("vectors absent: ../shared/vectors\n", stderr);
  said = true;
  if (!present) ::testing::Test::RecordProperty("vectors", "absent");
  return present;
}

std::string ReadVector(const std::string& relative) {
  std::ifstream file(VectorPath(relative), std::ios::binary);
  EXPECT_TRUE(file) << relative;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Node ReadJsonVector(const std::string& relative) {
  auto node = ParseJson(ReadVector(relative), relative);
  EXPECT_TRUE(node.ok()) << relative << ": " << node.status().ToString();
  return node.ok() ? *std::move(node) : Node();
}

bool VectorExists(const std::string& relative) { return std::filesystem::exists(VectorPath(relative)); }

std::vector<std::string> VectorDirectories(const std::string& relative) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(VectorPath(relative))) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

namespace {

TEST(VectorsTest, TheDataOfOthersIsPresentWhereverCiRuns) {
  if (std::getenv("CI") == nullptr) {
    RecordProperty("vectors", HaveVectors() ? "present" : "absent");
    return;
  }
  EXPECT_TRUE(HaveVectors()) << "CI is set, but " << VectorPath("") << " is not there";
}

}  // namespace
}  // namespace chartseal::conformance
