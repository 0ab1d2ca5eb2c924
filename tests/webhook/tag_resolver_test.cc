#include "webhook/tag_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "tests/webhook/verifier_fixture.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TagResolverTest : public testing::Test {
 protected:
  TagResolverTest() {
    sources_->sources[""] = source_;
    source_->memory.Tag("1.2.0", crypto::Digest::Sha256Of("own"));
    version_.kind = workload::ChartVersion::Kind::kTag;
    version_.text = "1.2.0";
  }
  ~TagResolverTest() override { source_->Open(); }

  absl::StatusOr<Checked<verification::ResolvedChart>> Resolve(absl::Duration time = absl::Seconds(20),
                                                               const std::string& secret = "") {
    PullContext pull;
    if (!secret.empty()) pull.secrets = {secret};
    return resolver_.As(pull)->Resolve(repository_, version_, absl::Now() + time);
  }

  const oci::Reference repository_ = oci::Reference::Parse("oci://registry.test/charts/app").value();
  workload::ChartVersion version_;
  const std::shared_ptr<GatedSource> source_ = std::make_shared<GatedSource>();
  const std::shared_ptr<SourcesBySecret> sources_ = std::make_shared<SourcesBySecret>();
  TagResolver resolver_{sources_, std::make_shared<HostWorkers>(1, 1, 2)};
};

TEST_F(TagResolverTest, AsksAsWhoeverAsks) {
  const auto other = std::make_shared<GatedSource>();
  other->memory.Tag("1.2.0", crypto::Digest::Sha256Of("other"));
  sources_->sources["secret"] = other;
  EXPECT_EQ((**Resolve()).digest, crypto::Digest::Sha256Of("own"));
  EXPECT_EQ((**Resolve(absl::Seconds(20), "secret")).digest, crypto::Digest::Sha256Of("other"));
}

TEST_F(TagResolverTest, ATagIsAskedForAgainEachTime) {
  EXPECT_EQ((**Resolve()).digest, crypto::Digest::Sha256Of("own"));
  source_->memory.Tag("1.2.0", crypto::Digest::Sha256Of("moved"));
  EXPECT_EQ((**Resolve()).digest, crypto::Digest::Sha256Of("moved"));
}

TEST_F(TagResolverTest, ADigestAsksNobody) {
  source_->Close();
  version_.kind = workload::ChartVersion::Kind::kDigest;
  version_.text = "";
  version_.digest = crypto::Digest::Sha256Of("x");
  EXPECT_EQ((**Resolve()).digest, *version_.digest);
  EXPECT_EQ(sources_->asked, 0);
}

TEST_F(TagResolverTest, WhoWaitsTooLongIsToldForWhat) {
  source_->Close();
  const auto resolved = Resolve(absl::Seconds(2));
  EXPECT_EQ(ReasonOf(resolved.status()), Reason::kDeadlineExceeded);
  EXPECT_THAT(Message(resolved.status()),
              HasSubstr("resolving the tag of registry.test/charts/app:1.2.0 took too long"));
}

TEST_F(TagResolverTest, TagsAreListedAsTheWebhookMayReadThem) {
  source_->memory.Tag("1.3.0", crypto::Digest::Sha256Of("more"));
  const auto tags = resolver_.ListTags(repository_, absl::Now() + absl::Seconds(20));
  ASSERT_TRUE(tags.ok()) << tags.status();
  EXPECT_THAT(*tags, ElementsAre("1.2.0", "1.3.0"));
  source_->Close();
  const auto late = resolver_.ListTags(repository_, absl::Now() + absl::Seconds(2));
  EXPECT_EQ(ReasonOf(late.status()), Reason::kDeadlineExceeded);
  EXPECT_THAT(Message(late.status()), HasSubstr("registry.test"));
}

TEST_F(TagResolverTest, MoreThanMayWaitAreToldSo) {
  source_->Close();
  std::vector<std::jthread> waiting;
  for (int i = 0; i < 2; ++i) {  // one is asked for, and one waits for its turn
    waiting.emplace_back([this] { (void)Resolve(); });
    EXPECT_TRUE(source_->AwaitWaiting(1));
  }
  Reason reason = Reason::kNone;
  for (int i = 0; i < 100 && reason != Reason::kOverloaded; ++i) {
    reason = ReasonOf(Resolve(absl::Milliseconds(20)).status());
  }
  EXPECT_EQ(reason, Reason::kOverloaded);
  source_->Open();
}

}  // namespace
}  // namespace chartseal::webhook
