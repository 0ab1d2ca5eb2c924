#include "verifier/oci/http_by_host.h"

#include <gmock/gmock.h>

#include "tests/base/why.h"
#include "tests/oci/client_fixture.h"
#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/tls_files.h"

namespace chartseal::oci {
namespace {

using ::testing::HasSubstr;

class HttpByHostTest : public ::testing::Test {
 protected:
  std::string WhyGet(RegistryOptions options) {
    const auto http = MakeHttpByHost(options);
    if (!http.ok()) return Why(http);
    net::HttpRequest request{.url = net::Url::Parse(server_->url()).value()};
    request.deadline = Soon();
    return Why((*http)->Perform(request));
  }

  std::unique_ptr<sandbox::TlsFiles> tls_ = sandbox::TlsFiles::Create().value();
  std::unique_ptr<sandbox::TlsFiles> other_ = sandbox::TlsFiles::Create().value();
  std::unique_ptr<sandbox::LoopbackServer> server_ =
      sandbox::LoopbackServer::Start(
          {.certificate_file = tls_->certificate_file(), .key_file = tls_->key_file()},
          [](const auto&) { return sandbox::MakeResponse(200, "", ""); })
          .value();
};

TEST_F(HttpByHostTest, ARegistryIsHeldAgainstItsOwnAuthority) {
  EXPECT_EQ(WhyGet({.ca_files = {{server_->host(), tls_->certificate_file()}}}), "ok");
  EXPECT_EQ(WhyGet({.ca_files = {{"127.0.0.1", tls_->certificate_file()}}}), "ok");
}

TEST_F(HttpByHostTest, AnAuthorityOfOneRegistryIsNotTrustedForAnother) {
  EXPECT_THAT(WhyGet({.ca_files = {{"ghcr.io", tls_->certificate_file()}}}), HasSubstr("tls-failed: "));
  EXPECT_THAT(WhyGet({.ca_files = {{"127.0.0.1:1", tls_->certificate_file()}}}), HasSubstr("tls-failed: "));
}

TEST_F(HttpByHostTest, TheAuthorityOfARegistryGoesBeforeTheOneForAll) {
  EXPECT_THAT(
      WhyGet({.ca_file = tls_->certificate_file(), .ca_files = {{"127.0.0.1", other_->certificate_file()}}}),
      HasSubstr("tls-failed: "));
  EXPECT_EQ(
      WhyGet({.ca_file = tls_->certificate_file(), .ca_files = {{"ghcr.io", other_->certificate_file()}}}),
      "ok");
}

TEST_F(HttpByHostTest, AnExactNameGoesBeforeOneForEveryPort) {
  EXPECT_EQ(WhyGet({.ca_files = {{"127.0.0.1", other_->certificate_file()},
                                 {server_->host(), tls_->certificate_file()}}}),
            "ok");
}

TEST_F(HttpByHostTest, AFileThatCannotBeReadIsNamedWithItsRegistry) {
  EXPECT_EQ(WhyGet({.ca_files = {{"ghcr.io", "/nonexistent.pem"}}}),
            "tls-failed: the CA file of ghcr.io: /nonexistent.pem: the CA file cannot be read");
}

TEST(NamesHostTest, ANameWithoutAPortMeansEveryPort) {
  EXPECT_TRUE(NamesHost("h", "h"));
  EXPECT_TRUE(NamesHost("h", "h:1"));
  EXPECT_TRUE(NamesHost("[::1]", "[::1]:5000"));
  EXPECT_FALSE(NamesHost("h:1", "h"));
  EXPECT_FALSE(NamesHost("h:1", "h:2"));
  EXPECT_FALSE(NamesHost("[", "[::1]"));
  EXPECT_FALSE(NamesHost("", "h:1"));
}

}  // namespace
}  // namespace chartseal::oci
