#include "verifier/net/url.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Resolved(const std::string& base, const std::string& reference) {
  const auto url = Url::Parse(base)->Resolve(reference);
  return url.ok() ? url->ToString() : Message(url.status());
}

TEST(UrlTest, TakesAnAddressApart) {
  const auto url = Url::Parse("HTTPS://Storage.Example.com:8443/a%2Fb/c?X-Sig=a%2Bb/c==&y#part");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme(), "https");
  EXPECT_EQ(url->host(), "storage.example.com");
  EXPECT_EQ(url->port(), 8443);
  EXPECT_EQ(url->path(), "/a%2Fb/c");
  EXPECT_EQ(url->query(), "X-Sig=a%2Bb/c==&y");
  EXPECT_EQ(url->ToString(), "https://storage.example.com:8443/a%2Fb/c?X-Sig=a%2Bb/c==&y");
}

TEST(UrlTest, LeavesOutTheDefaultPort) {
  EXPECT_EQ(Url::Parse("https://a.example:443/x")->ToString(), "https://a.example/x");
  EXPECT_EQ(Url::Parse("http://a.example:80")->ToString(), "http://a.example/");
  EXPECT_EQ(Url::Parse("http://a.example:443")->ToString(), "http://a.example:443/");
}

TEST(UrlTest, KeepsBracketsAroundIpv6) {
  const auto url = Url::Parse("http://[::1]:5000/v2/");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host(), "::1");
  EXPECT_EQ(url->ToString(), "http://[::1]:5000/v2/");
}

TEST(UrlTest, TellsOriginsApart) {
  const Url url = *Url::Parse("https://a.example/x");
  EXPECT_TRUE(url.SameOrigin(*Url::Parse("https://A.example:443/y?z")));
  EXPECT_FALSE(url.SameOrigin(*Url::Parse("http://a.example/x")));
  EXPECT_FALSE(url.SameOrigin(*Url::Parse("https://a.example:8443/x")));
  EXPECT_FALSE(url.SameOrigin(*Url::Parse("https://b.example/x")));
}

TEST(UrlTest, ResolvesReferencesAsRfc3986Does) {
  const std::string base = "http://a.example/b/c/d;p?q";
  EXPECT_EQ(Resolved(base, "g"), "http://a.example/b/c/g");
  EXPECT_EQ(Resolved(base, "./g"), "http://a.example/b/c/g");
  EXPECT_EQ(Resolved(base, "g/"), "http://a.example/b/c/g/");
  EXPECT_EQ(Resolved(base, "/g"), "http://a.example/g");
  EXPECT_EQ(Resolved(base, "//g.example"), "http://g.example/");
  EXPECT_EQ(Resolved(base, "?y"), "http://a.example/b/c/d;p?y");
  EXPECT_EQ(Resolved(base, "g?y#s"), "http://a.example/b/c/g?y");
  EXPECT_EQ(Resolved(base, ""), "http://a.example/b/c/d;p?q");
  EXPECT_EQ(Resolved(base, ".."), "http://a.example/b/");
  EXPECT_EQ(Resolved(base, "../.."), "http://a.example/");
  EXPECT_EQ(Resolved(base, "../../../g"), "http://a.example/g");
  EXPECT_EQ(Resolved(base, "g/../h"), "http://a.example/b/c/h");
  EXPECT_EQ(Resolved(base, "https://other.example/x?sig=%2f"), "https://other.example/x?sig=%2f");
}

TEST(UrlTest, NeverReEncodesAQuery) {
  const std::string query = "sig=a%2Fb/c+d%20e~'()&se=2026-01-01T00%3A00%3A00Z";
  EXPECT_EQ(Resolved("https://r.example/v2/", "/blob?" + query), "https://r.example/blob?" + query);
  EXPECT_EQ(Url::Parse("https://r.example/?a=b")->WithQuery(query)->query(), query);
}

struct BadUrl {
  std::string text, why;
};
class BadUrlTest : public testing::TestWithParam<BadUrl> {};

TEST_P(BadUrlTest, IsRefused) {
  const auto url = Url::Parse(GetParam().text);
  EXPECT_EQ(ReasonOf(url.status()), Reason::kRegistryError) << GetParam().text;
  EXPECT_THAT(Message(url.status()), HasSubstr(GetParam().why)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadUrlTest,
    testing::Values(
        BadUrl{"", "expected http:// or https://"}, BadUrl{"ftp://a/", "expected http:// or https://"},
        BadUrl{"file:///etc/passwd", "expected http:// or https://"},
        BadUrl{"/relative", "expected http:// or https://"}, BadUrl{"https:a", "expected \"//\""},
        BadUrl{"https://", "not a host name"}, BadUrl{"https:///path", "not a host name"},
        BadUrl{"https://user:pw@a.example/", "user information"},
        BadUrl{"https://a b/", "a blank, a control character"},
        BadUrl{"https://a.example/\r\nX: y", "a blank, a control character"},
        BadUrl{"https://\xc3\xa4.example/", "non-ASCII"}, BadUrl{"https://a%2eb/", "not a host name"},
        BadUrl{"https://a.example\\@b/", "user information"}, BadUrl{"https://a.example/x\\y", "backslash"},
        BadUrl{"https://.a/", "not a host name"}, BadUrl{"https://a:0/", "the port"},
        BadUrl{"https://a:65536/", "the port"}, BadUrl{"https://a:8x/", "the port"},
        BadUrl{"https://a:-1/", "the port"}, BadUrl{"https://[::1/", "\"[\" without \"]\""},
        BadUrl{"https://[::g]/", "not a host name"}, BadUrl{"https://[fe80::1%25eth0]/", "not a host name"},
        BadUrl{"https://[::1]x/", "the port"}, BadUrl{std::string(9000, 'a'), "longer than"}));

TEST(UrlTest, DoesNotShowTheQueryOfABadUrl) {
  const auto url = Url::Parse("https://a:b/x?token=secret");
  EXPECT_THAT(Message(url.status()), Not(HasSubstr("secret")));
  EXPECT_EQ(Url::Parse("https://a.example/x?token=secret")->Redacted(), "https://a.example/x?...");
}

TEST(PercentEncodeTest, EncodesEverythingButUnreserved) {
  EXPECT_EQ(PercentEncode("repository:a/b:pull,push ~-._"), "repository%3Aa%2Fb%3Apull%2Cpush%20~-._");
  EXPECT_EQ(PercentEncode("\xff"), "%FF");
}

}  // namespace
}  // namespace chartseal::net
