#include "publisher/signing/signing_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/status.h"

namespace chartseal::publisher {
namespace {

using crypto::KeyType;
using testing::HasSubstr;

constexpr bool kKeyless = true;
constexpr bool kKeyPair = false;

const RekorService kV1 = {"https://v1.test", 1};
const RekorService kV2 = {"https://v2.test", 2};
const std::string kTsa = "https://tsa.test/api/v1/timestamp";

SigningServices Services(std::vector<RekorService> logs, std::vector<std::string> timestamps = {}) {
  SigningServices services;
  services.rekor = std::move(logs);
  services.timestamp_urls = std::move(timestamps);
  return services;
}

absl::StatusOr<SigningPlan> Plan(ContentForm form, const SigningServices& services, bool keyless = kKeyless,
                                 KeyType key = KeyType::kEcdsaP256) {
  return PlanSigning(form, &services, keyless, key);
}

TEST(SigningPlan, EverythingThatIsAskedForIsWantedInTheEnd) {
  const auto plan = Plan(ContentForm::kStatement, Services({kV1, kV2}, {kTsa}));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->thresholds, (sigstore::Thresholds{2, 1, 1, 1}));
}

TEST(SigningPlan, AKeyPairNeedsNobody) {
  const auto plan = PlanSigning(ContentForm::kStatement, nullptr, kKeyPair, KeyType::kEd25519);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->thresholds, (sigstore::Thresholds{0, 0, 0, 0}));
}

TEST(SigningPlan, KeylessWithoutALogIsRefused) {
  const auto plan = Plan(ContentForm::kBlob, Services({}, {kTsa}));
  EXPECT_EQ(ReasonOf(plan.status()), Reason::kSigningConfigMalformed);
  EXPECT_THAT(Message(plan.status()), HasSubstr("need a transparency log"));
}

TEST(SigningPlan, RekorV2WithoutTimestampAuthorityIsRefusedAndTheLogNamed) {
  const auto plan = Plan(ContentForm::kStatement, Services({kV2}));
  EXPECT_EQ(ReasonOf(plan.status()), Reason::kSigningConfigMalformed);
  EXPECT_THAT(Message(plan.status()), HasSubstr("Rekor v2 https://v2.test, which gives no signed time"));
  EXPECT_TRUE(Plan(ContentForm::kStatement, Services({kV1})).ok());
  EXPECT_TRUE(Plan(ContentForm::kStatement, Services({kV2}), kKeyPair).ok());
}

TEST(SigningPlan, TheLegacyLayoutWithRekorV2AloneIsRefused) {
  for (const ContentForm form : {ContentForm::kLegacyPayload, ContentForm::kLegacyStatement}) {
    for (const bool keyless : {kKeyless, kKeyPair}) {
      const auto plan = Plan(form, Services({kV2}, {kTsa}), keyless);
      EXPECT_EQ(ReasonOf(plan.status()), Reason::kSigningConfigMalformed);
      EXPECT_THAT(Message(plan.status()), HasSubstr("the signing config selects Rekor v2 https://v2.test"));
      EXPECT_THAT(Message(plan.status()), HasSubstr("--layout bundle"));
    }
  }
}

TEST(SigningPlan, TheLegacyLayoutTakesOneV1LogAndOneTimestamp) {
  const auto plan = Plan(ContentForm::kLegacyPayload,
                         Services({kV2, kV1, {"https://other.test", 1}}, {kTsa, "https://second.test"}));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->logs.size(), 1u);
  EXPECT_EQ(plan->logs[0].url, "https://v1.test");
  EXPECT_EQ(plan->timestamp_urls, std::vector<std::string>{kTsa});
  EXPECT_EQ(plan->thresholds, (sigstore::Thresholds{1, 1, 1, 1}));
}

TEST(SigningPlan, AnOtherLogThatCannotStandInIsNotKept) {
  SigningServices services = Services({kV1});
  services.other_rekor = {kV2};
  EXPECT_TRUE(Plan(ContentForm::kLegacyPayload, services)->other_logs.empty());
  EXPECT_EQ(Plan(ContentForm::kStatement, services)->other_logs.size(), 1u);
}

struct KeyCase {
  KeyType key;
  RekorService log;
  ContentForm form;
  bool taken;
};

class KeyTypesTest : public testing::TestWithParam<KeyCase> {};

TEST_P(KeyTypesTest, IsRefusedWhereTheLogWouldRefuseIt) {
  const KeyCase& c = GetParam();
  const auto plan = Plan(c.form, Services({c.log}), kKeyPair, c.key);
  EXPECT_EQ(plan.ok(), c.taken) << plan.status();
  if (c.taken) return;
  EXPECT_EQ(ReasonOf(plan.status()), Reason::kPrivateKeyUnusable);
  EXPECT_THAT(Message(plan.status()), HasSubstr("takes no signature by a key of type"));
}

INSTANTIATE_TEST_SUITE_P(All, KeyTypesTest,
                         testing::Values(KeyCase{KeyType::kEcdsaP256, kV1, ContentForm::kBlob, true},
                                         KeyCase{KeyType::kRsa, kV2, ContentForm::kStatement, true},
                                         KeyCase{KeyType::kEd25519, kV1, ContentForm::kStatement, true},
                                         KeyCase{KeyType::kEd25519, kV1, ContentForm::kLegacyStatement, true},
                                         KeyCase{KeyType::kEd25519, kV1, ContentForm::kBlob, false},
                                         KeyCase{KeyType::kEd25519, kV1, ContentForm::kLegacyPayload, false},
                                         KeyCase{KeyType::kEd25519, kV2, ContentForm::kStatement, false},
                                         KeyCase{KeyType::kEcdsaP384, kV1, ContentForm::kStatement, false},
                                         KeyCase{KeyType::kEcdsaP384, kV1, ContentForm::kBlob, false},
                                         KeyCase{KeyType::kEcdsaP384, kV2, ContentForm::kBlob, true},
                                         KeyCase{KeyType::kEcdsaP521, kV1, ContentForm::kBlob, false}));

}  // namespace
}  // namespace chartseal::publisher
