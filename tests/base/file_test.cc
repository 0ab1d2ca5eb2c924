#include "verifier/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/base/why.h"

namespace chartseal {
namespace {

std::string Written(const std::string& name, std::string_view content) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(ReadFileTest, GivesTheBytesAsTheyAre) {
  const std::string content("a\0\r\n\xff", 5);
  EXPECT_EQ(ReadFile(Written("bytes", content), 5).value(), content);
  EXPECT_EQ(ReadFile(Written("empty", ""), 0).value(), "");
}

TEST(ReadFileTest, AFileOfMoreThanOneBufferIsReadWhole) {
  const std::string content(200'000, 'x');
  EXPECT_EQ(ReadFile(Written("large", content), content.size()).value(), content);
}

TEST(ReadFileTest, RefusesMoreThanTheLimit) {
  const std::string path = Written("over", "123456");
  const auto content = ReadFile(path, 5);
  EXPECT_EQ(Why(content), Cat("limit-exceeded: ", path, ": larger than the limit of 5 bytes"));
  EXPECT_EQ(content.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Why(ReadFile("/dev/zero", 1000)),
            "limit-exceeded: /dev/zero: larger than the limit of 1000 bytes");
}

TEST(ReadFileTest, AMissingFileIsNotFoundAndNamed) {
  const std::string path = testing::TempDir() + "no-such-file";
  const auto content = ReadFile(path, 5);
  EXPECT_EQ(Why(content), Cat("none: cannot read ", path, ": No such file or directory"));
  EXPECT_EQ(content.status().code(), absl::StatusCode::kNotFound);
}

TEST(ReadFileTest, ADirectoryIsNoFile) {
  EXPECT_EQ(Why(ReadFile("/", 5)), "none: cannot read /: Is a directory");
}

TEST(ReadFileTest, ControlCharactersInThePathAreEscapedInMessages) {
  EXPECT_EQ(Why(ReadFile("/no\x1b[2J", 5)), "none: cannot read /no\\x1b[2J: No such file or directory");
}

TEST(ReadFileTest, AMinusReadsStandardInput) {
  const std::string path = Written("stdin", "from standard input");
  const int saved = dup(STDIN_FILENO);
  ASSERT_NE(freopen(path.c_str(), "r", stdin), nullptr);
  EXPECT_EQ(ReadFile("-", 100).value(), "from standard input");
  ASSERT_NE(freopen(path.c_str(), "r", stdin), nullptr);
  EXPECT_EQ(Why(ReadFile("-", 4)), "limit-exceeded: standard input: larger than the limit of 4 bytes");
  dup2(saved, STDIN_FILENO);
  close(saved);
}

}  // namespace
}  // namespace chartseal
