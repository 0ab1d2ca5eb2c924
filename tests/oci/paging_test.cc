#include "verifier/oci/paging.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;

std::string NextOf(const std::string& link) {
  Paging paging(10);
  const auto next = paging.Next(*net::Url::Parse("https://r.example/v2/a/tags/list?n=2"), {{"Link", link}});
  if (!next.ok()) return Message(next.status());
  return next->has_value() ? (*next)->ToString() : "none";
}

TEST(PagingTest, FollowsRelativeAndAbsoluteLinks) {
  EXPECT_EQ(NextOf("</v2/a/tags/list?last=x>; rel=\"next\""), "https://r.example/v2/a/tags/list?last=x");
  EXPECT_EQ(NextOf("<?last=x>;rel=next"), "https://r.example/v2/a/tags/list?last=x");
  EXPECT_EQ(NextOf("<https://r.example:443/p>; title=\"a\"; REL=\"Next\""), "https://r.example/p");
  EXPECT_EQ(NextOf("</first>; rel=\"first\", </p>; rel=\"next\""), "https://r.example/p");
}

TEST(PagingTest, StopsWithoutANextLink) {
  EXPECT_EQ(NextOf("</first>; rel=\"first\""), "none");
  EXPECT_EQ(NextOf("</p>; rel=\"nextish\""), "none");
  EXPECT_EQ(NextOf("no link"), "none");
  EXPECT_EQ(NextOf("<unterminated; rel=next"), "none");
}

TEST(PagingTest, StopsAtAPageThatWasThereAlready) {
  EXPECT_EQ(NextOf("</v2/a/tags/list?n=2>; rel=\"next\""), "none");
}

TEST(PagingTest, RefusesAnotherServer) {
  EXPECT_THAT(NextOf("<https://evil.example/p>; rel=next"),
              HasSubstr("is at another server, https://evil.example"));
  EXPECT_THAT(NextOf("<http://r.example/p>; rel=next"), HasSubstr("is at another server, http://r.example"));
}

TEST(PagingTest, RefusesEndlessLists) {
  Paging paging(3);
  net::Url page = *net::Url::Parse("https://r.example/p0");
  for (int i = 1; i < 3; ++i) {
    page = **paging.Next(page, {{"Link", "</p" + std::to_string(i) + ">; rel=next"}});
  }
  const auto next = paging.Next(page, {{"Link", "</p9>; rel=next"}});
  EXPECT_EQ(ReasonOf(next.status()), Reason::kLimitExceeded);
  EXPECT_THAT(Message(next.status()), HasSubstr("more pages than are read"));
}

}  // namespace
}  // namespace chartseal::oci
