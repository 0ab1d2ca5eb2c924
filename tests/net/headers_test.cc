#include "verifier/net/headers.h"

#include <gmock/gmock.h>

namespace chartseal::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HeadersTest, ComparesNamesWithoutRegardToCase) {
  const Headers headers = {{"Content-Type", "a/b"}};
  EXPECT_EQ(headers.Get("content-TYPE"), "a/b");
  EXPECT_TRUE(headers.Has("CONTENT-type"));
  EXPECT_EQ(headers.Get("Content"), "");
}

TEST(HeadersTest, KeepsEveryValueOfARepeatedName) {
  Headers headers;
  headers.Add("WWW-Authenticate", "Negotiate");
  headers.Add("www-authenticate", "Bearer realm=\"x\"");
  EXPECT_THAT(headers.All("Www-Authenticate"), ElementsAre("Negotiate", "Bearer realm=\"x\""));
}

TEST(HeadersTest, SetReplacesAndRemoveForgetsEveryValue) {
  Headers headers = {{"A", "1"}, {"a", "2"}, {"B", "3"}};
  headers.Set("A", "4");
  EXPECT_THAT(headers.All("a"), ElementsAre("4"));
  headers.Remove("a");
  EXPECT_THAT(headers.All("A"), IsEmpty());
  EXPECT_EQ(headers.Get("b"), "3");
}

}  // namespace
}  // namespace chartseal::net
