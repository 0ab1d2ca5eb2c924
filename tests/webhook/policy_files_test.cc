#include "webhook/policy_files.h"
#include "test_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/webhook/policies.h"
#include "verifier/base/status.h"
#include "webhook/policy_loader.h"

namespace chartseal::webhook {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PolicyFilesTest : public testing::Test {
 protected:
  PolicyFilesTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) / (std::string("chartseal-files-") + test->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~PolicyFilesTest() override { fs::remove_all(directory_); }

  void Write(const fs::path& name, const std::string& text) { std::ofstream(directory_ / name) << text; }
  void WriteGood(const fs::path& name, std::string_view policy) {
    Write(name, PolicyText(policy, "enforce", "**"));
  }

  absl::Status Start(const fs::path& policy, const fs::path& root = "") {
    PolicyFilesOptions options;
    options.policy = policy.string();
    options.trusted_root = root.string();
    options.poll_interval = absl::InfiniteDuration();
    auto files = PolicyFiles::Start(options, store_, [this](absl::Duration) { meanwhile_(); });
    if (!files.ok()) return files.status();
    files_ = *std::move(files);
    return absl::OkStatus();
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const policy::Policy& policy : store_.Current()->policies.policies) names.push_back(policy.name);
    return names;
  }

  std::string Error() const { return Message(store_.Origins().at(0).error); }

  fs::path directory_;
  std::function<void()> meanwhile_ = [] {};  // what happens between the two looks at a change
  PolicyStore store_;
  std::unique_ptr<PolicyFiles> files_;
};

TEST_F(PolicyFilesTest, ABadFileAtTheStartIsAnError) {
  Write("p.yaml", "kind: nonsense\n");
  EXPECT_THAT(Message(Start(directory_ / "p.yaml")), HasSubstr("p.yaml:1: apiVersion: missing"));
  EXPECT_TRUE(absl::IsNotFound(Start(directory_ / "none.yaml")));
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(PolicyFilesTest, ABadTrustedRootAtTheStartIsAnError) {
  WriteGood("p.yaml", "a");
  Write("root.json", "{");
  const absl::Status status = Start(directory_ / "p.yaml", directory_ / "root.json");
  EXPECT_EQ(ReasonOf(status), Reason::kJsonMalformed) << status;
  EXPECT_THAT(Message(status), HasSubstr("root.json"));
}

TEST_F(PolicyFilesTest, GoodThenBadThenGood) {
  WriteGood("p.yaml", "one");
  ASSERT_TRUE(Start(directory_ / "p.yaml").ok());
  EXPECT_THAT(Names(), ElementsAre("one"));

  Write("p.yaml", PolicyText("two", "perhaps", "**"));
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("one"));
  EXPECT_THAT(Error(), HasSubstr("p.yaml:5: spec.mode: expected enforce or warn, found \"perhaps\""));

  WriteGood("p.yaml", "three");
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("three"));
  EXPECT_EQ(Error(), "");
}

TEST_F(PolicyFilesTest, TheOldStateAgainClearsTheError) {
  WriteGood("p.yaml", "one");
  ASSERT_TRUE(Start(directory_ / "p.yaml").ok());
  Write("p.yaml", "");
  files_->Poll();
  EXPECT_THAT(Error(), HasSubstr("p.yaml: holds no policy"));
  WriteGood("p.yaml", "one");
  files_->Poll();
  EXPECT_EQ(Error(), "");
}

TEST_F(PolicyFilesTest, AFileThatDisappearsRemovesNothing) {
  WriteGood("p.yaml", "one");
  ASSERT_TRUE(Start(directory_ / "p.yaml").ok());
  fs::remove(directory_ / "p.yaml");
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("one"));
  EXPECT_THAT(Error(), HasSubstr("p.yaml"));
}

TEST_F(PolicyFilesTest, ADirectoryThatIsEmptiedRemovesNothing) {
  WriteGood("p.yaml", "one");
  ASSERT_TRUE(Start(directory_).ok());
  fs::remove(directory_ / "p.yaml");
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("one"));
  EXPECT_THAT(Error(), HasSubstr("no *.yaml, *.yml or *.json file in this directory"));
}

TEST_F(PolicyFilesTest, ADirectoryIsAppliedAsOneSet) {
  WriteGood("a.yaml", "one");
  WriteGood("b.yaml", "two");
  ASSERT_TRUE(Start(directory_).ok());
  WriteGood("a.yaml", "three");
  Write("b.yaml", "kind: nonsense\n");
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("one", "two"));
  EXPECT_THAT(Error(), HasSubstr("b.yaml:1: apiVersion: missing"));
  fs::remove(directory_ / "b.yaml");
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("three"));
}

TEST_F(PolicyFilesTest, WhatIsStillBeingWrittenIsNotBelieved) {
  WriteGood("a.yaml", "one");
  ASSERT_TRUE(Start(directory_).ok());
  WriteGood("a.yaml", "two");
  // The second file, which belongs to the same edit, comes while the first is being looked at.
  meanwhile_ = [this] { WriteGood("b.yaml", "three"); };
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("one"));
  EXPECT_EQ(Error(), "");
  meanwhile_ = [] {};
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("two", "three"));
}

TEST_F(PolicyFilesTest, NothingNewIsNotReadTwice) {
  Write("p.yaml", PolicyText("one", "enforce", "**"));
  ASSERT_TRUE(Start(directory_ / "p.yaml").ok());
  int looks = 0;
  meanwhile_ = [&] { ++looks; };
  files_->Poll();
  EXPECT_EQ(looks, 0);
  Write("p.yaml", "bad");
  files_->Poll();
  files_->Poll();
  EXPECT_EQ(looks, 1);
}

// As kubelet updates a mounted ConfigMap.
class MountedTest : public PolicyFilesTest {
 protected:
  void Publish(const std::string& state) {
    fs::create_directory_symlink(state, directory_ / "..data_tmp");
    fs::rename(directory_ / "..data_tmp", directory_ / "..data");
  }
};

TEST_F(MountedTest, TheSwapOfTheDataLinkIsFollowed) {
  fs::create_directories(directory_ / "..2026_1");
  fs::create_directories(directory_ / "..2026_2");
  WriteGood("..2026_1/p.yaml", "one");
  WriteGood("..2026_2/p.yaml", "two");
  WriteGood("..2026_2/q.yaml", "three");
  Publish("..2026_1");
  fs::create_symlink("..data/p.yaml", directory_ / "p.yaml");
  ASSERT_TRUE(Start(directory_).ok());
  EXPECT_THAT(Names(), ElementsAre("one"));
  Publish("..2026_2");  // kubelet adds the link of q.yaml only afterwards
  files_->Poll();
  EXPECT_THAT(Names(), ElementsAre("two", "three"));
}

TEST_F(MountedTest, ErrorsNameTheFileAsItIsMounted) {
  fs::create_directories(directory_ / "..2026_1");
  Write("..2026_1/p.yaml", "kind: nonsense\n");
  Publish("..2026_1");
  fs::create_symlink("..data/p.yaml", directory_ / "p.yaml");
  EXPECT_THAT(Message(Start(directory_)), HasSubstr((directory_ / "p.yaml").string() + ":1: apiVersion"));
}

TEST_F(PolicyFilesTest, TheTrustedRootIsFollowedAndABadOneKeepsTheOld) {
  std::ifstream embedded(std::string(CHARTSEAL_SOURCE_DIR) + "/verifier/sigstore/public_good_root.json");
  std::stringstream json;
  json << embedded.rdbuf();
  WriteGood("p.yaml", "a");
  Write("root.json", json.str());
  ASSERT_TRUE(Start(directory_ / "p.yaml", directory_ / "root.json").ok());
  const std::string first = store_.Root().version;
  EXPECT_FALSE(first.empty());

  Write("root.json", "{}");
  files_->Poll();
  EXPECT_EQ(store_.Root().version, first);
  EXPECT_THAT(Message(store_.Root().error), HasSubstr("root.json"));
  EXPECT_EQ(ReasonOf(store_.Root().error), Reason::kTrustedRootMalformed) << store_.Root().error;

  Write("root.json", json.str() + "\n");
  files_->Poll();
  EXPECT_NE(store_.Root().version, first);
  EXPECT_TRUE(store_.Root().error.ok());
}

TEST_F(PolicyFilesTest, WithoutAFileTheEmbeddedRootIsInForce) {
  WriteGood("p.yaml", "a");
  ASSERT_TRUE(Start(directory_ / "p.yaml").ok());
  EXPECT_EQ(store_.Root().version, EmbeddedRoot()->version());
  EXPECT_TRUE(store_.Synced());
}

TEST_F(PolicyFilesTest, TheThreadLooksAndStops) {
  WriteGood("p.yaml", "one");
  PolicyFilesOptions options;
  options.policy = (directory_ / "p.yaml").string();
  options.poll_interval = absl::Milliseconds(5);
  std::atomic<bool> changed = false;
  store_.OnChange([&] { changed = true; });
  auto files = PolicyFiles::Start(options, store_, [](absl::Duration) {});
  ASSERT_TRUE(files.ok());
  changed = false;
  WriteGood("next.yaml", "two");
  fs::rename(directory_ / "next.yaml", directory_ / "p.yaml");
  for (int i = 0; i < 1000 && !changed; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(changed);
  files->reset();
  EXPECT_THAT(Names(), ElementsAre("two"));
}

}  // namespace
}  // namespace chartseal::webhook
