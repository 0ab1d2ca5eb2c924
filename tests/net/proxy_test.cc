#include "verifier/net/proxy.h"

#include <gmock/gmock.h>

namespace chartseal::net {
namespace {

std::string Chosen(const std::string& url, const std::string& no_proxy = "") {
  const ProxySettings settings = {.http = "http://plain:1", .https = "http://secure:2", .no_proxy = no_proxy};
  return ProxyFor(settings, *Url::Parse(url)).value_or("none");
}

TEST(ProxyTest, ChoosesByScheme) {
  EXPECT_EQ(Chosen("http://a.example/"), "http://plain:1");
  EXPECT_EQ(Chosen("https://a.example/"), "http://secure:2");
}

TEST(ProxyTest, NeverUsesOneForLoopback) {
  EXPECT_EQ(Chosen("http://127.0.0.1:5000/"), "none");
  EXPECT_EQ(Chosen("http://localhost/"), "none");
  EXPECT_EQ(Chosen("https://[::1]/"), "none");
}

TEST(ProxyTest, UsesNoneWhenNoneIsSet) {
  EXPECT_EQ(ProxyFor({}, *Url::Parse("https://a.example/")), std::nullopt);
}

TEST(ProxyTest, HonoursNamesInNoProxy) {
  EXPECT_EQ(Chosen("https://a.example/", "other,a.example"), "none");
  EXPECT_EQ(Chosen("https://sub.a.example/", ".a.example"), "none");
  EXPECT_EQ(Chosen("https://sub.a.example/", "A.EXAMPLE"), "none");
  EXPECT_EQ(Chosen("https://sub.a.example/", "*.a.example"), "none");
  EXPECT_EQ(Chosen("https://a.example:8443/", "a.example:8443"), "none");
  EXPECT_EQ(Chosen("https://anything.example/", "*"), "none");
}

TEST(ProxyTest, DoesNotTakeHalfANameForTheName) {
  EXPECT_EQ(Chosen("https://nota.example/", "a.example"), "http://secure:2");
  EXPECT_EQ(Chosen("https://a.example.org/", "a.example"), "http://secure:2");
  EXPECT_EQ(Chosen("https://a.example:8443/", "a.example:9443"), "http://secure:2");
  EXPECT_EQ(Chosen("https://a.example/", ",.,"), "http://secure:2");
}

TEST(ProxyTest, HonoursAddressBlocksInNoProxy) {
  EXPECT_EQ(Chosen("https://10.96.0.1/", "10.0.0.0/8"), "none");
  EXPECT_EQ(Chosen("https://11.96.0.1/", "10.0.0.0/8"), "http://secure:2");
  EXPECT_EQ(Chosen("https://10.96.0.1/", "10.96.0.1"), "none");
  EXPECT_EQ(Chosen("https://[fd00::5]/", "fd00::/8"), "none");
  EXPECT_EQ(Chosen("https://10.96.0.1/", "10.0.0.0/99"), "http://secure:2");
}

}  // namespace
}  // namespace chartseal::net
