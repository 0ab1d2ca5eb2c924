#include <gtest/gtest.h>

#include "tests/sigstore/outcome.h"

// Thresholds count distinct authorities, never entries, tokens or certificates (spec/sigstore.md §4.1).
namespace chartseal::sigstore {
namespace {

using sandbox::LogRequest;
using sandbox::MintRequest;
using sandbox::TimestampRequest;

class ThresholdsTest : public ::testing::Test {
 protected:
  sandbox::Sigstore sandbox_;
};

TEST_F(ThresholdsTest, TwoEntriesOfOneLogAreOneLog) {
  MintRequest request;
  request.logs.push_back(LogRequest::V1());
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kNone);
  VerifyOptions two;
  two.thresholds.transparency_logs = 2;
  const Outcome outcome = MintAndVerify(sandbox_, request, two);
  EXPECT_EQ(
      outcome.text,
      "log-threshold: distinct transparency logs that prove the signature; expected at least 2; found 1");
}

TEST_F(ThresholdsTest, TwoLogsAreTwo) {
  MintRequest request;
  request.logs.push_back(LogRequest::V2());
  VerifyOptions two;
  two.thresholds.transparency_logs = 2;
  const Outcome outcome = MintAndVerify(sandbox_, request, two);
  ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  EXPECT_EQ(outcome.verified->log_entries.size(), 2u);
}

TEST_F(ThresholdsTest, TwoTokensOfOneAuthorityAreOneAuthority) {
  MintRequest request;
  request.timestamps.resize(2);
  request.timestamps[1].delay = absl::Seconds(5);
  VerifyOptions one, two;
  one.thresholds.timestamp_authorities = 1;
  two.thresholds.timestamp_authorities = 2;
  EXPECT_EQ(MintAndVerify(sandbox_, request, one).reason, Reason::kNone);
  EXPECT_EQ(MintAndVerify(sandbox_, request, two).text,
            "timestamp-threshold: distinct timestamp authorities; expected at least 2; found 1");
}

TEST_F(ThresholdsTest, PromiseAndTokenAreTwoAuthoritiesForATime) {
  VerifyOptions two;
  two.thresholds.signed_times = 2;
  MintRequest promise_only;
  EXPECT_EQ(MintAndVerify(sandbox_, promise_only, two).text,
            "timestamp-threshold: distinct authorities that vouch for a time; expected at least 2; found 1");
  MintRequest both;
  both.timestamps.resize(1);
  const Outcome outcome = MintAndVerify(sandbox_, both, two);
  ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  EXPECT_EQ(outcome.verified->signed_times.size(), 2u);
  EXPECT_LT(outcome.verified->signed_times[0], outcome.verified->signed_times[1]);
}

TEST_F(ThresholdsTest, ACertificateNeedsASignedTimeWhateverTheThreshold) {
  MintRequest request;
  request.logs = {LogRequest::V2()};
  VerifyOptions none;
  none.thresholds.signed_times = 0;
  EXPECT_EQ(MintAndVerify(sandbox_, request, none).reason, Reason::kNoSignedTime);
}

TEST_F(ThresholdsTest, WithoutALogThresholdATimestampAloneSuffices) {
  MintRequest request;
  request.logs.clear();
  request.timestamps.resize(1);
  EXPECT_EQ(
      MintAndVerify(sandbox_, request).text,
      "log-threshold: distinct transparency logs that prove the signature; expected at least 1; found 0");
  VerifyOptions no_log;
  no_log.thresholds.transparency_logs = 0;
  EXPECT_EQ(MintAndVerify(sandbox_, request, no_log).reason, Reason::kNone);
}

TEST_F(ThresholdsTest, ABrokenEntryIsRefusedEvenIfNoneIsNeeded) {
  MintRequest request;
  request.timestamps.resize(1);
  request.logs[0].hooks.promise = [](std::string& promise) { promise = "broken"; };
  VerifyOptions no_log;
  no_log.thresholds.transparency_logs = 0;
  EXPECT_EQ(MintAndVerify(sandbox_, request, no_log).reason, Reason::kSetInvalid);
}

TEST_F(ThresholdsTest, TwoSctsOfOneLogAreOneLog) {
  MintRequest request;
  request.ct_logs = {&sandbox_.ct_log(), &sandbox_.ct_log()};
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kNone);
  VerifyOptions two;
  two.thresholds.scts = 2;
  EXPECT_EQ(MintAndVerify(sandbox_, request, two).reason, Reason::kSctThreshold);
}

TEST_F(ThresholdsTest, WithoutAnSctThresholdACertificateNeedsNone) {
  MintRequest request;
  request.with_sct = false;
  EXPECT_EQ(MintAndVerify(sandbox_, request).reason, Reason::kSctMissing);
  VerifyOptions none;
  none.thresholds.scts = 0;
  EXPECT_EQ(MintAndVerify(sandbox_, request, none).reason, Reason::kNone);
}

TEST_F(ThresholdsTest, ATokenOfAnUnknownAuthorityIsSkippedBesideAPromise) {
  const sandbox::TimestampAuthority unknown([&] {
    sandbox::TimestampAuthorityOptions options;
    options.not_before = sandbox_.start();
    options.not_after = sandbox_.end();
    return options;
  }());
  MintRequest request;
  request.timestamps.resize(1);
  request.timestamps[0].tsa = &unknown;
  const Outcome outcome = MintAndVerify(sandbox_, request);
  ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  EXPECT_EQ(outcome.verified->signed_times.size(), 1u);
}

TEST_F(ThresholdsTest, AnEntryOfAnUnknownLogIsSkippedBesideAKnownOne) {
  sandbox::RekorV1 unknown(sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256), {});
  MintRequest request;
  request.logs.push_back(LogRequest::V1());
  request.logs[1].rekor_v1 = &unknown;
  const Outcome outcome = MintAndVerify(sandbox_, request);
  ASSERT_EQ(outcome.reason, Reason::kNone) << outcome.text;
  EXPECT_EQ(outcome.verified->log_entries.size(), 1u);
}

}  // namespace
}  // namespace chartseal::sigstore
