#include "verifier/verification/decisive_place.h"

#include <gtest/gtest.h>

namespace chartseal::verification {
namespace {

TEST(DecisivePlace, IsOneThatIsSatisfiedThenOneThatAdmitsTheNearestOfSeveral) {
  EXPECT_EQ(DecisivePlace({{.admits = true, .nearness = 9}, {.satisfied = true}}, false), 1);
  EXPECT_EQ(DecisivePlace({{.satisfied = true}, {.satisfied = true, .nearness = 1}}, false), 1);
  EXPECT_EQ(DecisivePlace({{.enforces = true, .untold = true, .nearness = 9}, {.admits = true}}, false), 1);
  EXPECT_EQ(DecisivePlace({{.admits = true, .enforces = true}, {.admits = true, .nearness = 1}}, false), 1);
}

TEST(DecisivePlace, IsOtherwiseNoneWhereOneThatWasLeftOutMightBe) {
  EXPECT_EQ(DecisivePlace({{.satisfied = true}}, true), 0);
  EXPECT_EQ(DecisivePlace({{.admits = true}}, true), 0);
  EXPECT_EQ(DecisivePlace({{.enforces = true, .nearness = 9}}, true), std::nullopt);
  EXPECT_EQ(DecisivePlace({}, true), std::nullopt);
  EXPECT_EQ(DecisivePlace({}, false), std::nullopt);
}

TEST(DecisivePlace, IsElseOneThatEnforcesThenOneThatCouldNotBeToldThenTheNearest) {
  EXPECT_EQ(DecisivePlace({{.untold = true, .nearness = 9}, {.enforces = true}}, false), 1);
  EXPECT_EQ(DecisivePlace({{.enforces = true, .nearness = 9}, {.enforces = true, .untold = true}}, false), 1);
  EXPECT_EQ(DecisivePlace({{.nearness = 1}, {.nearness = 2}, {.nearness = 2}}, false), 1);
  EXPECT_EQ(DecisivePlace({{}, {}}, false), 0);
}

}  // namespace
}  // namespace chartseal::verification
