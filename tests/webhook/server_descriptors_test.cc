#include "webhook/server_descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

namespace chartseal::webhook {
namespace {

// Restores the soft limit of the test process.
class DescriptorLimitTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0); }
  void TearDown() override { ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }

  void SetSoftLimit(rlim_t soft) {
    const rlimit lower = {.rlim_cur = soft, .rlim_max = before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lower), 0);
  }
  static rlim_t SoftLimit() {
    rlimit limit = {};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }

  rlimit before_ = {};
};

TEST_F(DescriptorLimitTest, IsRaisedOnlyAsFarAsNeeded) {
  SetSoftLimit(200);
  EXPECT_EQ(RaiseDescriptorLimit(300), 300u);
  EXPECT_EQ(SoftLimit(), 300u);
}

TEST_F(DescriptorLimitTest, IsNeverLowered) {
  SetSoftLimit(300);
  EXPECT_EQ(RaiseDescriptorLimit(200), 300u);
  EXPECT_EQ(SoftLimit(), 300u);
}

TEST_F(DescriptorLimitTest, StopsAtTheHardLimitAndSaysSo) {
  if (before_.rlim_max == RLIM_INFINITY) return;
  SetSoftLimit(200);
  testing::internal::CaptureStderr();
  EXPECT_EQ(RaiseDescriptorLimit(before_.rlim_max + 1), before_.rlim_max);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("file descriptors will not suffice"), std::string::npos) << log;
}

}  // namespace
}  // namespace chartseal::webhook
