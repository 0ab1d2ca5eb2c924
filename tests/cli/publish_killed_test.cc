#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/cli/killer.h"
#include "tests/cli/release_world.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/oci/registry_client.h"
#include "verifier/verification/inspection.h"

namespace chartseal::cli {
namespace {

using ::testing::IsEmpty;

// What is written, and where.
struct Manner {
  std::string layout = "bundle";
  sandbox::RegistryOptions registry = {};
  size_t attached = 1;  // signatures, and as many attestations
};

// A publish that is killed and run again. Each begins in a repository and a release of its own.
class PublishKilledTest : public ReleaseWorld {
 protected:
  // Servers that still answer for the dead are stopped before the killer goes.
  ~PublishKilledTest() override {
    registry_.reset();
    github_.reset();
    services_.reset();
  }

  void Use(const Manner& manner) {
    manner_ = manner;
    registry_ = sandbox::Registry::Start(manner.registry).value();
    killer_.Watch(registry_->faults());
    killer_.Watch(github_->api().faults());
    for (sandbox::LoopbackServer* server : Services()) killer_.Watch(server->faults());
  }

  // A publish of release number `number`, killed at its `write`-th write.
  Ended Publish(int number, int write) {
    command_.File("outputs", "");
    std::vector<std::string> words = Publishing(Parent(number), Tag(number));
    words.insert(words.end(), {"--layout", manner_.layout});
    killer_.Arm(write);
    const pid_t pid = command_.Start(words);
    killer_.SetVictim(pid);
    return command_.Wait(pid);
  }

  // The first of all, which nobody disturbs: how many writes it makes, and what it publishes.
  int PublishUndisturbed() {
    releases_[0] = github_->AddRelease("acme/app", Tag(0));
    const Ended ended = Publish(0, 0);
    EXPECT_EQ(ended.code, 0) << ended.err;
    digest_ = registry_->store().Resolve(Name(0), "1.2.3").value_or("no tag");
    archive_ = sandbox::ContentDigest(github_->AssetsOf(releases_[0]).at(0).bytes);
    ExpectOneRelease(0);
    return killer_.writes();
  }

  // Release `number`: killed at each of these writes, one run after the other, then left alone.
  void ExpectFinishedAfter(int number, const std::vector<int>& killed_at) {
    SCOPED_TRACE(::testing::PrintToString(killed_at));
    releases_[number] = github_->AddRelease("acme/app", Tag(number));
    for (const int write : killed_at) {
      const Ended killed = Publish(number, write);
      // One that has less left to write ends by itself, and well.
      if (killer_.writes() >= write) {
        EXPECT_EQ(killed.signal, SIGKILL) << killed.out << killed.err;
      } else {
        EXPECT_EQ(killed.code, 0) << killed.err;
      }
    }
    const Ended finished = Publish(number, 0);
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    ExpectOneRelease(number);
  }

  // One correct release, as a stranger finds it.
  void ExpectOneRelease(int number) {
    ExpectOneChart(number);
    ExpectAttachedOnce(number);
    ExpectAssets(releases_.at(number));
    EXPECT_EQ(Content(outputs_), Cat("digest=", digest_, "\nref=", Repository(Parent(number)), ":1.2.3@",
                                     digest_, "\ntag=1.2.3\n"));
    EXPECT_THAT(command_.Written(), IsEmpty());
  }

 private:
  static std::string Parent(int number) { return Cat("charts-", number); }
  static std::string Name(int number) { return Parent(number) + "/app"; }
  static std::string Tag(int number) { return Cat("v", number); }

  void ExpectOneChart(int number) {
    EXPECT_EQ(registry_->store().Resolve(Name(number), "1.2.3").value_or("no tag"), digest_);
    const auto manifests = registry_->store().Manifests(Name(number));
    EXPECT_EQ(std::count_if(manifests.begin(), manifests.end(),
                            [](const auto& entry) {
                              return entry.second.bytes.find("vnd.cncf.helm.config") != std::string::npos;
                            }),
              1);
    const std::string repository = Repository(Parent(number));
    const Ended verified =
        command_.Run(Verifying({"verify", repository + ":1.2.3", Cat(repository, "@", digest_)}));
    EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  }

  // As many signatures and statements as one undisturbed run attaches, each of them good.
  void ExpectAttachedOnce(int number) {
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry_->host()};
    options.credentials = oci::AnonymousCredentials();
    const auto client = oci::RegistryClient::Create(options).value();
    const auto reference = oci::Reference::Parse(Cat(Repository(Parent(number)), "@", digest_)).value();
    const auto trust = sigstore::TrustedRoot::ParseJson(Content(root_), "root").value();
    const auto found = verification::Inspect(*client, reference, trust, absl::Now() + absl::Seconds(20));
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->signatures.size(), manner_.attached);
    EXPECT_EQ(found->attestations.size(), manner_.attached);
    EXPECT_THAT(found->gaps, IsEmpty());
    for (const auto* list : {&found->signatures, &found->attestations}) {
      for (const auto& finding : *list) EXPECT_TRUE(finding.accepted) << finding.rejection.ToString();
    }
    for (const auto& finding : found->attestations) {
      EXPECT_EQ(finding.predicate_type, chart::kContentPredicate);
    }
  }

  void ExpectAssets(int64_t release) {
    const auto assets = github_->AssetsOf(release);
    ASSERT_EQ(assets.size(), 2u);
    EXPECT_EQ(assets[0].name, "app-1.2.3.tgz");
    EXPECT_EQ(sandbox::ContentDigest(assets[0].bytes), archive_);
    EXPECT_EQ(assets[1].name, "app-1.2.3.tgz.sigstore.json");
    const std::string bundle = command_.File("bundle", assets[1].bytes);
    const Ended verified = command_.Run(Verifying({"verify-blob", archive_, "--bundle", bundle}, false));
    EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  }

  Killer killer_;
  Manner manner_;
  std::map<int, int64_t> releases_;  // GitHub's ids, by number
  std::string digest_;               // of the manifest, the same in every run
  std::string archive_;              // of the .tgz
};

// Each is one write of push, sign, attest or mirror: what a run can die of does not depend on more.

TEST_F(PublishKilledTest, AfterEachOfItsWritesTheNextRunFinishes) {
  Use({});
  const int writes = PublishUndisturbed();
  EXPECT_GE(writes, 20);
  for (int write = 1; write <= writes; ++write) ExpectFinishedAfter(write, {write});
}

TEST_F(PublishKilledTest, AfterEachWriteToARegistryWithoutTheReferrersApiInBothLayouts) {
  Use({.layout = "both", .registry = {.referrers_api = false}, .attached = 2});
  const int writes = PublishUndisturbed();
  EXPECT_GE(writes, 35);
  for (int write = 1; write <= writes; ++write) ExpectFinishedAfter(write, {write});
}

TEST_F(PublishKilledTest, AfterTwoDeathsTheThirdRunFinishes) {
  Use({.registry = {.referrers_api = false}});
  const int writes = PublishUndisturbed();
  for (int write = 1; write <= writes; write += 2) ExpectFinishedAfter(write, {write, 1 + write % 5});
}

}  // namespace
}  // namespace chartseal::cli
