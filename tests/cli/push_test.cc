#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/cli/command.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/fault_recipes.h"
#include "tests/sandbox/registry.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::time_t kModified = 1700000000;  // 2023-11-14T22:13:20Z

class PushCommandTest : public ::testing::Test {
 protected:
  PushCommandTest() : registry_(sandbox::Registry::Start().value()) {
    unsetenv("SOURCE_DATE_EPOCH");
    archive_ = Package("app", "description: first\n");
  }
  ~PushCommandTest() override { unsetenv("SOURCE_DATE_EPOCH"); }

  // Packages a chart app 1.2.3+b.1 below files/NAME; its archive is as old as kModified.
  std::string Package(const std::string& name, const std::string& more) {
    std::filesystem::create_directories(command_.path("files/" + name));
    command_.File(name + "/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3+b.1\n" + more);
    const std::string out = command_.path("files/" + name + "-out");
    setenv("SOURCE_DATE_EPOCH", "1600000000", 1);
    const Ended ended = command_.Run({"package", command_.path("files/" + name), "-d", out});
    unsetenv("SOURCE_DATE_EPOCH");
    EXPECT_EQ(ended.code, 0) << ended.err;
    const std::string path = out + "/app-1.2.3+b.1.tgz";
    const timespec times[2] = {{kModified, 0}, {kModified, 999'000'000}};
    EXPECT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    return path;
  }

  Ended Run(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"push", archive_, "oci://" + registry_->host() + "/charts",
                                      "--plain-http"};
    words.insert(words.end(), more.begin(), more.end());
    return command_.Run(words);
  }
  std::string Created(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"--output", "json", "--replace-tag"};
    words.insert(words.end(), more.begin(), more.end());
    const Node node = Run(words).Json();
    return std::string(node.StringOr("created"));
  }
  std::string Tagged() { return registry_->store().Resolve("charts/app", "1.2.3_b.1").value_or("nothing"); }
  std::string TaggedManifest() {
    const auto manifest = registry_->store().FindManifest("charts/app", Tagged());
    return manifest.has_value() ? manifest->bytes : "nothing";
  }

  Command command_;
  std::unique_ptr<sandbox::Registry> registry_;
  std::string archive_;
};

TEST_F(PushCommandTest, PrintsHelmsLinesAndTheTagNamesTheDigest) {
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, "Pushed: " + registry_->host() + "/charts/app:1.2.3_b.1\nDigest: " + Tagged() + "\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(sandbox::ContentDigest(TaggedManifest()), Tagged());
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(PushCommandTest, JsonNamesWhatLaterStepsNeed) {
  const Node first = Run({"--output", "json"}).Json();
  EXPECT_EQ(first.StringOr("reference"), registry_->host() + "/charts/app:1.2.3_b.1@" + Tagged());
  EXPECT_EQ(first.StringOr("digest"), Tagged());
  EXPECT_EQ(first.StringOr("tag"), "1.2.3_b.1");
  EXPECT_EQ(first.StringOr("created"), "2023-11-14T22:13:20Z");
  EXPECT_FALSE(first.Find("wasThere")->bool_value());
  EXPECT_TRUE(Run({"--output", "json"}).Json().Find("wasThere")->bool_value());
}

TEST_F(PushCommandTest, TheTimeIsTheFlagsElseTheEpochsElseTheFiles) {
  EXPECT_EQ(Created(), "2023-11-14T22:13:20Z");
  EXPECT_THAT(TaggedManifest(), HasSubstr(R"("org.opencontainers.image.created":"2023-11-14T22:13:20Z")"));
  setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
  EXPECT_EQ(Created(), "2001-09-09T01:46:40Z");
  EXPECT_EQ(Created({"--created", "2023-11-14T17:13:20-05:00"}), "2023-11-14T17:13:20-05:00");
  EXPECT_THAT(TaggedManifest(),
              HasSubstr(R"("org.opencontainers.image.created":"2023-11-14T17:13:20-05:00")"));
  setenv("SOURCE_DATE_EPOCH", "", 1);
  EXPECT_EQ(Created(), "2023-11-14T22:13:20Z");
}

TEST_F(PushCommandTest, TheTimeZoneDoesNotMatter) {
  setenv("TZ", "America/New_York", 1);
  EXPECT_EQ(Created(), "2023-11-14T22:13:20Z");
  unsetenv("TZ");
}

TEST_F(PushCommandTest, ATimeThatIsNoneIsWrongUsage) {
  for (const char* time : {"now", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20z", "1700000000",
                           "2023-11-14T22:13:20.5Z", "2023-13-14T22:13:20Z", "2023-11-14 22:13:20Z",
                           " 2023-11-14T22:13:20Z", "2023-11-14T22:13:20+0100"}) {
    const Ended ended = Run({"--created", time});
    EXPECT_EQ(ended.code, 2) << time;
    EXPECT_THAT(ended.err, HasSubstr("--created: expected a time such as 2026-01-02T03:04:05Z")) << time;
  }
  setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("SOURCE_DATE_EPOCH: \"yesterday\" is not a whole number"));
  EXPECT_EQ(registry_->log().size(), 0u);
}

TEST_F(PushCommandTest, TheProvenanceBesideTheArchiveIsPushedToo) {
  ASSERT_EQ(Run().code, 0);
  EXPECT_THAT(TaggedManifest(), Not(HasSubstr("provenance")));
  std::ofstream(archive_ + ".prov") << "signed";
  ASSERT_EQ(Run({"--replace-tag"}).code, 0);
  EXPECT_THAT(TaggedManifest(),
              HasSubstr(R"("mediaType":"application/vnd.cncf.helm.chart.provenance.v1.prov","digest":")" +
                        sandbox::ContentDigest("signed")));
  EXPECT_NE(registry_->store().FindBlob("charts/app", sandbox::ContentDigest("signed")), nullptr);
}

TEST_F(PushCommandTest, AnEmptyProvenanceIsNotLeftOutSilently) {
  std::ofstream(archive_ + ".prov") << "";
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, AllOf(HasSubstr(".prov: is empty"), HasSubstr("[file-unusable]")));
}

TEST_F(PushCommandTest, ATagThatIsTakenIsADefiniteNo) {
  ASSERT_EQ(Run().code, 0);
  const std::string before = Tagged();
  archive_ = Package("other", "description: second\n");
  const Ended ended = Run({"--output", "json"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err,
              AllOf(StartsWith("chartseal: "), HasSubstr("found " + before), HasSubstr("[tag-conflict]")));
  EXPECT_EQ(ended.Json().StringOr("reason"), "tag-conflict");
  EXPECT_EQ(Tagged(), before);
  EXPECT_EQ(Run({"--replace-tag"}).code, 0);
  EXPECT_NE(Tagged(), before);
}

TEST_F(PushCommandTest, ATagThatDoesNotNameWhatWasPushedIsADefiniteNo) {
  registry_->AddFault(
      {.method = "PUT", .path_glob = "*/manifests/1.2.3_b.1", .rewrite = [this](const auto&, auto&) {
         registry_->Tag("charts/app", "1.2.3_b.1", registry_->PutManifest("charts/app", "x/y", "{}"));
       }});
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("[tag-moved]"));
}

TEST_F(PushCommandTest, WhatIsNoArchiveIsNotPushed) {
  archive_ = command_.File("app.tgz", "not gzip");
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("[archive-malformed]"));
  archive_ = command_.path("files/absent.tgz");
  EXPECT_EQ(Run().code, 3);
  EXPECT_EQ(registry_->log().size(), 0u);
}

TEST_F(PushCommandTest, AParentThatIsNoneIsWrongUsage) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"ghcr.io/acme/charts", "expected oci://HOST/PARENT"},
      {"oci://ghcr.io/acme/app:1.2.3", "names a tag"},
      {"oci://ghcr.io/Acme", "lower-case"},
      {"oci://", "reference"}};
  for (const auto& [parent, told] : cases) {
    const Ended ended = command_.Run({"push", archive_, parent});
    EXPECT_EQ(ended.code, 2) << parent;
    EXPECT_THAT(ended.err, HasSubstr(told)) << parent;
  }
  EXPECT_EQ(command_.Run({"push", archive_}).code, 2);
}

TEST_F(PushCommandTest, PlainHttpIsNeverSpokenUnasked) {
  const Ended ended = command_.Run({"push", archive_, "oci://" + registry_->host() + "/charts"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(Tagged(), "nothing");
}

TEST_F(PushCommandTest, APasswordIsReadFromStandardInputAndNeverShown) {
  registry_ = sandbox::Registry::Start({.auth = {.scheme = sandbox::AuthOptions::Scheme::kBasic,
                                                 .username = "me",
                                                 .password = "opensesame"}})
                  .value();
  const std::vector<std::string> words = {
      "push", archive_,          "oci://" + registry_->host() + "/charts", "--plain-http", "--username",
      "me",   "--password-stdin"};
  EXPECT_EQ(command_.Run(words, "opensesame\n").code, 0);
  const Ended refused = command_.Run(words, "openbarley\n");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("[registry-unauthorized]"), HasSubstr("looking at tag "),
                                 Not(HasSubstr("openbarley"))));
}

}  // namespace
}  // namespace chartseal::cli
