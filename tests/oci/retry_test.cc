#include "verifier/oci/retry.h"

#include <gtest/gtest.h>

#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);  // Tue, 14 Nov 2023 22:13:20 GMT

TEST(RetryTest, KnowsWhichStatusesPass) {
  for (const int status : {408, 429, 499, 500, 502, 503, 504, 522})
    EXPECT_TRUE(IsRetriableStatus(status)) << status;
  for (const int status : {200, 307, 400, 401, 403, 404, 405, 413, 501, 505}) {
    EXPECT_FALSE(IsRetriableStatus(status)) << status;
  }
}

TEST(RetryTest, OnlyABrokenConnectionIsWorthAnotherTry) {
  EXPECT_TRUE(IsRetriableError(WithReason(absl::UnavailableError("x"), Reason::kUnreachable)));
  EXPECT_FALSE(IsRetriableError(WithReason(absl::FailedPreconditionError("x"), Reason::kTlsFailed)));
  EXPECT_FALSE(IsRetriableError(WithReason(absl::DeadlineExceededError("x"), Reason::kDeadlineExceeded)));
  EXPECT_FALSE(IsRetriableError(WithReason(absl::DataLossError("x"), Reason::kDigestMismatch)));
}

TEST(RetryTest, ReadsRetryAfterInSecondsAndAsADate) {
  EXPECT_EQ(ParseRetryAfter("7", kNow), absl::Seconds(7));
  EXPECT_EQ(ParseRetryAfter("0", kNow), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2023 22:13:50 GMT", kNow), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2023 22:00:00 GMT", kNow), absl::ZeroDuration());
}

TEST(RetryTest, IgnoresARetryAfterThatIsNeither) {
  for (const char* value : {"", "soon", "-1", "1.5", "7 seconds", "99999999999999", "2023-11-14T22:13:50Z"}) {
    EXPECT_EQ(ParseRetryAfter(value, kNow), std::nullopt) << value;
  }
}

TEST(RetryTest, DoublesTheDelayUpToItsBound) {
  const RetryPolicy policy = {.random = [] { return 0.0; }};
  EXPECT_EQ(RetryDelay(policy, 1, {}), absl::Milliseconds(250));
  EXPECT_EQ(RetryDelay(policy, 2, {}), absl::Milliseconds(500));
  EXPECT_EQ(RetryDelay(policy, 6, {}), absl::Seconds(8));
  EXPECT_EQ(RetryDelay(policy, 1000, {}), absl::Seconds(8));
}

TEST(RetryTest, TakesUpToHalfOffAtRandom) {
  const RetryPolicy policy = {.random = [] { return 0.5; }};
  EXPECT_EQ(RetryDelay(policy, 1, {}), absl::Milliseconds(250) * 0.75);
}

TEST(RetryTest, WaitsAsLongAsTheServerAsksWithinReason) {
  const RetryPolicy policy = {.random = [] { return 0.0; }};
  EXPECT_EQ(RetryDelay(policy, 1, absl::Seconds(5)), absl::Seconds(5));
  EXPECT_EQ(RetryDelay(policy, 1, absl::Hours(5)), absl::Seconds(60));
  EXPECT_EQ(RetryDelay(policy, 1, absl::ZeroDuration()), absl::Milliseconds(250));
}

}  // namespace
}  // namespace chartseal::oci
