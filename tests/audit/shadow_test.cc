#include "audit/shadow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using verification::Answer;
using verification::Effect;
using verification::Ruling;

Result Image(const std::string& name, std::vector<Ruling> rulings) {
  Result result;
  result.object = {{"apps", "v1", "Deployment"}, "deployments", "shop", name, ""};
  result.rulings = std::move(rulings);
  return result;
}
Ruling Says(const std::string& policy, Answer answer, Reason reason, Effect effect = Effect::kDeny) {
  return {.policy = policy, .effect = effect, .answer = answer, .reason = reason};
}

std::vector<std::string> Shown(const Findings& findings) {
  std::vector<std::string> shown;
  for (const Denials& group : GroupDenials(findings)) {
    std::string names;
    for (const Result* result : group.denied) names += " " + result->object.name;
    shown.push_back(Cat(group.policy, " ", Name(group.reason), group.could_not_tell ? "?" : "", names));
  }
  return shown;
}

TEST(ShadowTest, GroupsByPolicyAndReasonTheMostFrequentFirst) {
  const Ruling unsigned_image = Says("a", Answer::kNo, Reason::kNoSignature);
  const Ruling other = Says("a", Answer::kNo, Reason::kIdentityMismatch);
  const Ruling away = Says("a", Answer::kCouldNotTell, Reason::kUnreachable);
  const Findings findings{.results = {Image("1", {other}), Image("2", {unsigned_image}),
                                      Image("3", {other, Says("b", Answer::kNo, Reason::kNoSignature)}),
                                      Image("4", {away}), Image("5", {away}), Image("6", {away})}};
  EXPECT_THAT(Shown(findings), ElementsAre("a identity-mismatch 1 3", "a no-signature 2",
                                           "a registry-unreachable? 4 5 6", "b no-signature 3"));
}

TEST(ShadowTest, WhatIsAcceptedOrOnlyWarnedOfIsNotShown) {
  const Findings findings{
      .results = {Image("1", {Says("a", Answer::kYes, Reason::kNone)}),
                  Image("2", {Says("a", Answer::kNo, Reason::kNoSignature, Effect::kWarn)}),
                  Image("3", {Says("", Answer::kNo, Reason::kNoPolicyMatches, Effect::kAllow)})}};
  EXPECT_THAT(Shown(findings), IsEmpty());
}

TEST(ShadowTest, EnforcedPoliciesAreTheSameButForTheirMode) {
  policy::PolicySet policies{.policies = {{.name = "a", .mode = policy::Mode::kWarn}}};
  policies.no_match = policy::NoMatch::kWarn;
  const policy::PolicySet enforced = Enforced(policies);
  EXPECT_EQ(enforced.policies.at(0).mode, policy::Mode::kEnforce);
  EXPECT_EQ(enforced.policies.at(0).name, "a");
  EXPECT_EQ(enforced.no_match, policy::NoMatch::kWarn);
}

TEST(FindingsTest, ANoOutweighsWhatCouldNotBeToldWhichOutweighsAYes) {
  const Ruling yes = Says("a", Answer::kYes, Reason::kNone);
  const Ruling no = Says("a", Answer::kNo, Reason::kNoSignature);
  const Ruling open = Says("a", Answer::kCouldNotTell, Reason::kUnreachable);
  EXPECT_EQ((Findings{.results = {Image("1", {yes})}}).verdict(), Verdict::kYes);
  EXPECT_EQ((Findings{.results = {Image("1", {yes, open})}}).verdict(), Verdict::kCouldNotTell);
  EXPECT_EQ((Findings{.results = {Image("1", {open, no})}}).verdict(), Verdict::kNo);
  EXPECT_EQ((Findings{.results = {Image("1", {open}), Image("2", {no})}}).verdict(), Verdict::kNo);
  EXPECT_EQ((Findings{.results = {Image("1", {yes})}, .gaps = {{"x", absl::UnknownError("")}}}).verdict(),
            Verdict::kCouldNotTell);
  EXPECT_EQ(Findings{}.verdict(), Verdict::kYes);
}

TEST(FindingsTest, AnEnforcingNoIsShownBeforeOneThatWarns) {
  const Result result = Image("1", {Says("warns", Answer::kNo, Reason::kNoSignature, Effect::kWarn),
                                    Says("denies", Answer::kNo, Reason::kIdentityMismatch)});
  EXPECT_EQ(result.Decisive().policy, "denies");
}

}  // namespace
}  // namespace chartseal::audit
