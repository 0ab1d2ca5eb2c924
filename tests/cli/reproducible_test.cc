#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "tests/cli/command.h"
#include "tests/sandbox/registry.h"

namespace chartseal::cli {
namespace {

// What a build has of its own.
struct Machine {
  std::string directory;
  std::string time_zone;
  mode_t mask;
  bool backwards;  // the files appear in the reverse order
};

// A chart with subcharts in a directory of a repository of git; builds of it begin with a clone.
class ReproducibleTest : public ::testing::Test {
 protected:
  ReproducibleTest() {
    unsetenv("SOURCE_DATE_EPOCH");
    File("source/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\nannotations: {b: x, a: z}\n");
    File("source/app/values.yaml", "a: 1\n");
    for (const char* name : {"b.yaml", "a/x.yaml", "a.yaml", "é.yaml"})
      File(Cat("source/app/templates/", name), name);
    for (const std::string name : {"zeta", "mid", "alpha"}) Subchart("source/app/charts/" + name, name);
    // Archives, made elsewhere and at another time.
    for (const std::string name : {"omega", "kappa", "beta"}) {
      Subchart("elsewhere/" + name, name);
      command_.SetVariable("SOURCE_DATE_EPOCH", Cat(1'000'000'000 + name.size()));
      EXPECT_EQ(command_.Run({"package", Path("elsewhere/" + name), "-d", Path("source/app/charts")}).code,
                0);
    }
    command_.SetVariable("SOURCE_DATE_EPOCH", "");
    Shell(Cat("git init -q '", Path("source"), "'"));
    Shell(Cat("cd '", Path("source"), "' && git add -A && GIT_COMMITTER_DATE='@1600000000 +0200' ", kGit,
              " commit -q -m x"));
  }

  struct Digests {
    std::string archive, manifest;
    bool operator==(const Digests&) const = default;
  };

  // A clone, packaged and pushed.
  Digests Build(const Machine& machine) {
    const std::string place = Path(machine.directory);
    const mode_t mask = umask(machine.mask);
    Shell(Cat("git clone -q --no-checkout '", Path("source"), "' '", place, "' && cd '", place,
              "' && git ls-tree -rz --name-only HEAD | sort -z ", machine.backwards ? "-r " : "",
              "| xargs -0 -n 1 git checkout -q HEAD --"));
    command_.SetVariable("TZ", machine.time_zone);
    const Ended packaged = command_.Run({"package", place + "/app", "-d",
                                         Path("dist-" + machine.time_zone.substr(0, 3)), "--output", "json"});
    umask(mask);
    EXPECT_EQ(packaged.code, 0) << packaged.err;
    Digests digests{.archive = std::string(packaged.Json().StringOr("digest")), .manifest = ""};
    command_.SetVariable("SOURCE_DATE_EPOCH", "1600000000");
    const Ended pushed =
        command_.Run({"push", std::string(packaged.Json().StringOr("path")),
                      Cat("oci://", registry_->host(), "/charts"), "--plain-http", "--output", "json"});
    command_.SetVariable("SOURCE_DATE_EPOCH", "");
    EXPECT_EQ(pushed.code, 0) << pushed.err;
    digests.manifest = pushed.Json().StringOr("digest");
    return digests;
  }

  std::string Path(const std::string& name) const { return command_.path("files/" + name); }
  void File(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    command_.File(name, bytes);
  }
  void Subchart(const std::string& directory, const std::string& name) const {
    File(directory + "/Chart.yaml", Cat("apiVersion: v2\nname: ", name, "\nversion: 1.0.0\n"));
    File(directory + "/templates/x.yaml", name);
  }
  // With nothing of the user's own configuration.
  static void Shell(const std::string& command) {
    const std::string line = "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1; " + command;
    EXPECT_EQ(std::system(line.c_str()), 0) << line;
  }

  static constexpr char kGit[] = "git -c user.name=t -c user.email=t@example.test";

  Command command_;
  std::unique_ptr<sandbox::Registry> registry_ = sandbox::Registry::Start().value();
};

TEST_F(ReproducibleTest, CleanBuildsGiveOneDigestWherever) {
  const Digests one = Build({"one", "UTC", 0022, false});
  EXPECT_EQ(Build({"a place of/its own/far below", "America/New_York", 0077, true}), one);
  EXPECT_EQ(Build({"three", "Pacific/Chatham", 0000, true}), one);
  EXPECT_EQ(one.archive.size(), 71u);
  EXPECT_EQ(one.manifest.size(), 71u);
}

TEST_F(ReproducibleTest, AnotherCommitOfTheSameFilesGivesTheSameDigest) {
  const Digests one = Build({"one", "UTC", 0022, false});
  Shell(Cat("cd '", Path("source"), "' && GIT_COMMITTER_DATE='@1700000000 +0000' ", kGit,
            " commit -q --allow-empty -m y"));
  EXPECT_EQ(Build({"two", "Asia/Tokyo", 0022, false}), one);
}

}  // namespace
}  // namespace chartseal::cli
