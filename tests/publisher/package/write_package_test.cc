#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <map>

#include "publisher/package/package.h"
#include "tests/base/why.h"
#include "tests/publisher/package/tree.h"
#include "verifier/base/file.h"

namespace chartseal::publisher {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

class WritePackageTest : public ::testing::Test {
 protected:
  WritePackageTest() { tree_.Chart().File("templates/a.yaml", "a"); }
  Tree tree_;
  const std::string out_ = tree_.outside("out/deeper");
};

TEST_F(WritePackageTest, WritesUnderItsNameAndMakesTheDirectory) {
  const Package package = *MakePackage(tree_.root(), kTime);
  const mode_t mask = umask(0077);
  const auto path = WritePackage(package, out_);
  umask(mask);
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, out_ + "/app-1.2.3.tgz");
  EXPECT_EQ(*ReadFile(*path, 1 << 20), package.bytes);
  struct stat info = {};
  ASSERT_EQ(stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0644U) << "whatever the mask says, as helm";
  const std::filesystem::directory_iterator entries(out_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1) << "nothing else is left";
}

TEST_F(WritePackageTest, ReplacesAFileAndItsLinksNot) {
  std::filesystem::create_directories(out_);
  std::ofstream(tree_.outside("precious")) << "precious";
  std::filesystem::create_symlink(tree_.outside("precious"), out_ + "/app-1.2.3.tgz");
  const Package package = *MakePackage(tree_.root(), kTime);
  ASSERT_TRUE(WritePackage(package, out_).ok());
  EXPECT_EQ(*ReadFile(tree_.outside("precious"), 100), "precious");
  EXPECT_EQ(*ReadFile(out_ + "/app-1.2.3.tgz", 1 << 20), package.bytes);
}

TEST_F(WritePackageTest, WhatCannotBeWrittenIsNamedAndNothingIsLeft) {
  const Package package = *MakePackage(tree_.root(), kTime);
  std::filesystem::create_directories(out_ + "/app-1.2.3.tgz/full");
  EXPECT_THAT(Why(WritePackage(package, out_)),
              AllOf(StartsWith("file-unusable: cannot write "), HasSubstr("app-1.2.3.tgz")));
  const std::filesystem::directory_iterator entries(out_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
  std::ofstream(tree_.outside("file")) << "x";
  EXPECT_THAT(Why(WritePackage(package, tree_.outside("file"))), StartsWith("file-unusable: cannot write "));
  EXPECT_THAT(Why(WritePackage(package, tree_.outside("file/below"))),
              StartsWith("file-unusable: cannot write "));
}

TEST_F(WritePackageTest, WrittenArchiveIsReadAgain) {
  const Package package = *MakePackage(tree_.root(), kTime);
  const std::string path = *WritePackage(package, out_);
  std::filesystem::rename(path, out_ + "/other-name.tgz");
  const auto read = ReadPackage(out_ + "/other-name.tgz");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->file_name, "app-1.2.3.tgz");
  EXPECT_EQ(read->digest, package.digest);
}

TEST_F(WritePackageTest, WhatIsNoArchiveIsNotRead) {
  tree_.File("x.tgz", "not gzip");
  EXPECT_THAT(Why(ReadPackage(tree_.path("x.tgz"))),
              AllOf(StartsWith("archive-malformed: "), HasSubstr("x.tgz")));
  EXPECT_THAT(Why(ReadPackage(tree_.path("none.tgz"))),
              AllOf(StartsWith("file-unusable: "), HasSubstr("none.tgz")));
  tree_.File("cut.tgz", MakePackage(tree_.root(), kTime)->bytes.substr(0, 100));
  EXPECT_THAT(Why(ReadPackage(tree_.path("cut.tgz"))), StartsWith("archive-malformed: "));
}

// -- The time of the source.

class SourceTimeTest : public ::testing::Test {
 protected:
  std::string Time(const std::string& directory) {
    const auto time = SourceTime(directory, [this](const char* name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional<std::string>(found->second);
    });
    return time.ok() ? Cat(absl::ToUnixSeconds(*time)) : Why(time);
  }
  // Runs git in the chart's directory, with nothing of the user's own configuration.
  void Git(const std::string& command) {
    const std::string line = "cd '" + tree_.root() +
                             "' && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -c user.name=t -c "
                             "user.email=t@example.test " +
                             command + " >/dev/null 2>&1";
    ASSERT_EQ(std::system(line.c_str()), 0) << line;
  }
  void Commit(int64_t seconds) {
    Git("add -A");
    setenv("GIT_COMMITTER_DATE", Cat("@", seconds, " +0200").c_str(), 1);
    Git("commit -m x");
    unsetenv("GIT_COMMITTER_DATE");
  }

  Tree tree_;
  std::map<std::string, std::string> environment_ = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
};

TEST_F(SourceTimeTest, VariableSaysTheTime) {
  for (const std::string text : {"0", "1700000000", "0017"}) {
    environment_["SOURCE_DATE_EPOCH"] = text;
    EXPECT_EQ(Time("/nowhere"), Cat(std::stoll(text)));
  }
}

TEST_F(SourceTimeTest, VariableThatIsNoNumberOfSecondsIsAnError) {
  for (const std::string text : {"-1", "+1", " 1", "1 ", "1.5", "x", "0x10", "1e3", "99999999999999999999"}) {
    environment_["SOURCE_DATE_EPOCH"] = text;
    EXPECT_THAT(Time(tree_.root()),
                AllOf(StartsWith("file-unusable: SOURCE_DATE_EPOCH: \""), HasSubstr("not a whole number")));
  }
}

TEST_F(SourceTimeTest, LastCommitOfTheDirectorySaysTheTimeWhenTheVariableIsEmptyOrUnset) {
  Git("init");
  tree_.Chart("app/").File("other/x", "1");
  Commit(1'600'000'000);
  tree_.File("other/x", "2");
  Commit(1'600'000'100);
  EXPECT_EQ(Time(tree_.path("app")), "1600000000") << "the other directory's commit does not count";
  environment_["SOURCE_DATE_EPOCH"] = "";
  EXPECT_EQ(Time(tree_.path("app")), "1600000000");
  EXPECT_EQ(Time(tree_.root()), "1600000100");
}

// A clone without history gives the time of the commit that it has, whatever that commit changed.
TEST_F(SourceTimeTest, ShallowCloneThatCannotKnowTheTimeIsNotAsked) {
  Git("init");
  tree_.Chart("app/").File("other/x", "1");
  Commit(1'600'000'000);
  tree_.File("other/x", "2");
  Commit(1'600'000'100);
  const auto clone = [&](int depth) {
    const std::string name = tree_.outside(Cat("clone-", depth));
    Git(Cat("clone --depth ", depth, " 'file://", tree_.root(), "' '", name, "'"));
    return name + "/app";
  };
  const auto refused = AllOf(StartsWith("file-unusable: "), HasSubstr("this clone is shallow"),
                             HasSubstr("fetch-depth: 0"), HasSubstr("set SOURCE_DATE_EPOCH"));
  EXPECT_THAT(Time(clone(1)), refused);
  EXPECT_THAT(Time(clone(2)), refused) << "for all git knows, its oldest commit may not have changed it";
  tree_.File("app/values.yaml", "a: 1\n");
  Commit(1'600'000'200);
  EXPECT_EQ(Time(clone(3)), "1600000200") << "the commit before is known, so this one changed it";
}

TEST_F(SourceTimeTest, WithoutRepositoryCommitOrGitTheVariableIsAskedFor) {
  tree_.Chart("app/");
  const auto asks =
      AllOf(StartsWith("file-unusable: "), HasSubstr("set SOURCE_DATE_EPOCH to the seconds since 1970"));
  EXPECT_THAT(Time(tree_.path("app")), AllOf(asks, HasSubstr("git knows no repository here")));
  Git("init");
  EXPECT_THAT(Time(tree_.path("app")), asks) << "no commit at all";
  tree_.File("other/x", "1").File(".gitignore", "app\n");
  Commit(1'600'000'000);
  EXPECT_THAT(Time(tree_.path("app")), AllOf(asks, HasSubstr("no commit has anything of this directory")));
  environment_["PATH"] = "/nowhere:relative:";
  EXPECT_THAT(Time(tree_.path("app")), AllOf(asks, HasSubstr("git is not in PATH")));
}

}  // namespace
}  // namespace chartseal::publisher
