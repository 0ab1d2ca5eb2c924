#include "verifier/base/verdict.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/base/why.h"

namespace chartseal {
namespace {

Checked<int> Positive(int value) {
  if (value <= 0) return Rejection{Reason::kIdentityMismatch, "not positive", "> 0", Cat(value)};
  return value;
}

Checked<Passed> Small(int value) {
  ASSIGN_OR_REJECT(const int positive, Positive(value));
  if (positive > 9) return Rejection{Reason::kLimitExceeded, "too large"};
  return Passed();
}

Checked<std::string> Digit(int value) {
  RETURN_IF_REJECTED(Small(value));
  return Cat(value);
}

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return Malformed(Reason::kJsonMalformed, "n", "odd");
  return value / 2;
}

absl::StatusOr<int> Quarter(int value) {
  ASSIGN_OR_RETURN(const int half, Half(value));
  RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(RejectionTest, SaysReasonDetailAndBothSidesOfTheComparison) {
  EXPECT_EQ((Rejection{Reason::kIdentityMismatch, "signed by another", "X", "Y"}.ToString()),
            "identity-mismatch: signed by another; expected X; found Y");
  EXPECT_EQ((Rejection{Reason::kIdentityMismatch, "signed by another"}.ToString()),
            "identity-mismatch: signed by another");
}

TEST(RejectionTest, WithoutADetailTheExplanationStandsIn) {
  EXPECT_EQ((Rejection{.reason = Reason::kIdentityMismatch}.ToString()),
            Cat("identity-mismatch: ", Explanation(Reason::kIdentityMismatch)));
}

TEST(CheckedTest, HoldsAValueOrARejectionAndNeverTheOther) {
  EXPECT_TRUE(Positive(1).ok());
  EXPECT_EQ(*Positive(1), 1);
  const Checked<int> no = Positive(-1);
  EXPECT_FALSE(no.ok());
  EXPECT_EQ(no.rejection().found, "-1");
  EXPECT_THROW(no.value(), std::bad_variant_access);
  EXPECT_THROW(Positive(1).rejection(), std::bad_variant_access);
}

TEST(CheckedTest, CarriesValuesThatOnlyMove) {
  Checked<std::unique_ptr<int>> owner(std::make_unique<int>(5));
  EXPECT_EQ(*std::move(owner).value(), 5);
}

TEST(CheckedTest, TheMacrosHandTheFirstRejectionOn) {
  EXPECT_EQ(Digit(7).value(), "7");
  EXPECT_EQ(Digit(0).rejection().reason, Reason::kIdentityMismatch);
  EXPECT_EQ(Digit(10).rejection().ToString(), "limit-exceeded: too large");
}

TEST(StatusTest, TheMacrosHandTheFirstErrorOnWithItsReason) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Why(Quarter(6)), "json-malformed: n: odd");
  EXPECT_EQ(Why(Quarter(5)), "json-malformed: n: odd");
}

TEST(StatusTest, SuccessCarriesNoReasonAndNoContext) {
  EXPECT_EQ(ReasonOf(WithReason(absl::OkStatus(), Reason::kLimitExceeded)), Reason::kNone);
  EXPECT_TRUE(Annotate(absl::OkStatus(), "reading").ok());
}

TEST(StatusTest, AReasonCanBeReplacedButNotInvented) {
  const absl::Status status =
      WithReason(Malformed(Reason::kJsonMalformed, "f", "x"), Reason::kBundleMalformed);
  EXPECT_EQ(Why(status), "bundle-malformed: f: x");
  absl::Status foreign = absl::InternalError("x");
  foreign.SetPayload("chartseal.dev/reason", absl::Cord("no-such-reason"));
  EXPECT_EQ(ReasonOf(foreign), Reason::kNone);
}

}  // namespace
}  // namespace chartseal
