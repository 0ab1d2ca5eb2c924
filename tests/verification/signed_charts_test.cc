#include "verifier/verification/signed_charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verification/memory_source.h"
#include "tests/verification/minted.h"

namespace chartseal::verification {
namespace {

using ::testing::Contains;
using ::testing::Not;

class RegistryChartsTest : public ::testing::Test {
 protected:
  RegistryChartsTest() { policy_.requirement = SignedByWorkflow(); }

  oci::Reference Chart() const { return Repository().WithDigestOnly(digest_); }
  std::string AttestationTag() const { return "tag " + oci::DigestTag(digest_, ".att"); }

  MemorySource source_;
  const crypto::Digest digest_ = source_.PutImage("chart");
  policy::Policy policy_{.name = "release"};
  RegistryCharts charts_{source_, {&TestRoot(), [](const auto*) {}}};
};

TEST_F(RegistryChartsTest, WhoWantsTheSignerAloneLooksForNoStatement) {
  source_.AttachBundle(MintSignature(digest_));
  const auto chart = charts_.AskSigner(Chart(), {&policy_}, absl::InfiniteFuture());
  ASSERT_TRUE(chart.ok()) << chart.status();
  ASSERT_EQ(chart->conclusions.size(), 1u);
  ASSERT_TRUE(chart->conclusions[0].ok()) << chart->conclusions[0].status();
  EXPECT_TRUE((*chart->conclusions[0])->accepted);
  EXPECT_EQ(chart->digest, digest_);
  EXPECT_EQ(chart->fingerprint, std::nullopt);
  EXPECT_FALSE(chart->stated);
  EXPECT_THAT(source_.asked(), Not(Contains(AttestationTag())));
  ASSERT_TRUE(charts_.Ask(Chart(), {&policy_}, absl::InfiniteFuture()).ok());
  EXPECT_THAT(source_.asked(), Contains(AttestationTag()));
}

TEST_F(RegistryChartsTest, WithoutASignatureTheSignerIsANo) {
  const auto chart = charts_.AskSigner(Chart(), {&policy_}, absl::InfiniteFuture());
  ASSERT_TRUE(chart.ok()) << chart.status();
  ASSERT_TRUE(chart->conclusions.size() == 1 && chart->conclusions[0].ok());
  EXPECT_FALSE((*chart->conclusions[0])->accepted);
  EXPECT_EQ((*chart->conclusions[0])->reason, Reason::kNoSignature);
}

TEST_F(RegistryChartsTest, WhatTheRegistryDoesNotSayAboutTheSignerIsNoNo) {
  source_.Fail("referrers", WithReason(absl::UnavailableError("refused"), Reason::kUnreachable));
  const auto chart = charts_.AskSigner(Chart(), {&policy_}, absl::InfiniteFuture());
  const absl::Status status = chart.ok() ? chart->conclusions.at(0).status() : chart.status();
  EXPECT_EQ(ReasonOf(status), Reason::kUnreachable) << status;
}

}  // namespace
}  // namespace chartseal::verification
