#include "verifier/base/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "verifier/base/status.h"

namespace chartseal {
namespace {

TEST(ReasonTest, EveryNameIsKebabCaseDistinctAndReadsBack) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::kNoPolicyMatches); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_TRUE(names.insert(Name(reason)).second) << Name(reason);
    EXPECT_EQ(Name(reason).find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos)
        << Name(reason);
    EXPECT_FALSE(Explanation(reason).empty());
    EXPECT_EQ(ReasonFromName(Name(reason)), reason);
  }
  EXPECT_EQ(ReasonFromName("no-such-reason"), std::nullopt);
}

TEST(ReasonTest, TravelsWithAStatusAndSurvivesAnnotation) {
  const absl::Status status =
      Annotate(Malformed(Reason::kBundleMalformed, "b.json", "no content"), "reading");
  EXPECT_EQ(ReasonOf(status), Reason::kBundleMalformed);
  EXPECT_EQ(Message(status), "reading: b.json: no content");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(absl::UnknownError("x")), Reason::kNone);
}

}  // namespace
}  // namespace chartseal
