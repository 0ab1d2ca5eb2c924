#include "verifier/kube/config.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/base/why.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/encoding.h"

namespace chartseal::kube {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
constexpr const char* kKeyPem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

class ConfigTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = directory_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  absl::StatusOr<Config> Read(const std::string& cluster, const std::string& user) {
    return ReadKubeconfig(Write("config",
                                "apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: here\n"
                                "contexts:\n- name: other\n  context: {cluster: gone, user: gone}\n"
                                "- name: here\n  context: {cluster: c, user: u, namespace: shop}\n"
                                "clusters:\n- name: c\n  cluster: " +
                                    cluster + "\nusers:\n- name: other\n  user: {exec: {command: aws}}\n" +
                                    "- name: u\n  user: " + user + "\n"));
  }
  std::string WhyCluster(const std::string& cluster) { return Why(Read(cluster, "{}")); }
  std::string WhyUser(const std::string& user) { return Why(Read("{server: 'https://10.0.0.1'}", user)); }

  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("kubeconfig").value();
};

TEST_F(ConfigTest, ReadsWhatTheCurrentContextNames) {
  const std::string data = Base64Encode(kPem);
  const auto config = Read(
      "{server: 'https://10.0.0.1:6443/base/', certificate-authority-data: " + data + "}",
      "{client-certificate-data: " + data + ", client-key-data: " + Base64Encode(kKeyPem) + ", token: t}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->server.ToString(), "https://10.0.0.1:6443/base");
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->client_certificate, kPem);
  EXPECT_EQ(config->client_key, kKeyPem);
  EXPECT_EQ(config->token, "t");
  EXPECT_EQ(config->namespace_name, "shop");
}

TEST_F(ConfigTest, FilesAreRelativeToTheKubeconfig) {
  Write("ca.pem", kPem);
  const auto config = Read("{server: 'https://h', certificate-authority: ca.pem}", "{tokenFile: sub/token}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->token_file, directory_.path() + "/sub/token");
}

TEST_F(ConfigTest, ATokenFileGoesBeforeAToken) {
  const auto config = Read("{server: 'https://h'}", "{tokenFile: /t, token: x}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->token_file, "/t");
  EXPECT_EQ(config->token, "");
}

TEST_F(ConfigTest, WhatIsNotSupportedIsRefusedByName) {
  for (const std::string name : {"exec: {command: aws}", "auth-provider: {name: gcp}", "username: u",
                                 "password: p", "as: root", "as-groups: [a]"}) {
    EXPECT_THAT(WhyUser("{" + name + "}"),
                AllOf(HasSubstr("kubernetes-unavailable: "), HasSubstr(name.substr(0, name.find(':'))),
                      HasSubstr("config:17: users[1].user."), HasSubstr("is not supported; ")));
  }
  EXPECT_THAT(WhyCluster("{server: 'https://h', insecure-skip-tls-verify: true}"),
              HasSubstr("insecure-skip-tls-verify: true is not supported"));
  EXPECT_THAT(WhyCluster("{server: 'https://h', proxy-url: 'http://p'}"),
              HasSubstr("proxy-url: is not supported; set HTTPS_PROXY"));
  EXPECT_THAT(WhyCluster("{server: 'https://h', tls-server-name: x}"),
              HasSubstr("tls-server-name: is not supported"));
}

TEST_F(ConfigTest, SkippingVerificationMayBeSwitchedOff) {
  EXPECT_EQ(WhyCluster("{server: 'https://h', insecure-skip-tls-verify: false}"), "ok");
}

TEST_F(ConfigTest, ServersThatTokensMustNotGoToAreRefused) {
  EXPECT_THAT(WhyCluster("{server: 'http://h'}"), HasSubstr("server: expected an https URL"));
  EXPECT_THAT(WhyCluster("{server: 'https://u:p@h'}"), HasSubstr("server: "));
  EXPECT_THAT(WhyCluster("{server: 'https://h/?a=b'}"), HasSubstr("expected a URL without a query"));
  EXPECT_THAT(WhyCluster("{}"), HasSubstr("clusters[0].cluster.server: "));
}

TEST_F(ConfigTest, UnknownMembersOfWhatIsUsedAreRefused) {
  EXPECT_THAT(WhyCluster("{server: 'https://h', insecure-skip-tls-verfy: true}"),
              HasSubstr("insecure-skip-tls-verfy"));
  EXPECT_THAT(WhyUser("{tokn: x}"), HasSubstr("tokn"));
}

TEST_F(ConfigTest, CertificatesAndKeysMustBeThereAndBelongTogether) {
  const std::string data = Base64Encode(kPem);
  EXPECT_THAT(WhyUser("{client-certificate-data: " + data + "}"), HasSubstr("only one of them is there"));
  EXPECT_THAT(WhyUser("{client-key-data: " + data + "}"), HasSubstr("only one of them is there"));
  EXPECT_THAT(WhyUser("{client-key-data: '%%'}"), HasSubstr("client-key-data"));
  EXPECT_THAT(WhyUser("{client-key-data: " + Base64Encode("DER") + "}"),
              HasSubstr("client-key-data: expected PEM, found none"));
  EXPECT_THAT(WhyCluster("{server: 'https://h', certificate-authority: gone.pem}"),
              HasSubstr("certificate-authority: "));
}

TEST_F(ConfigTest, AnotherContextThanTheCurrentOneCanBeNamed) {
  const std::string path = Write("config",
                                 "current-context: here\ncontexts:\n- {name: here, context: {cluster: a}}\n"
                                 "- {name: there, context: {cluster: b, namespace: shop}}\nclusters:\n"
                                 "- {name: a, cluster: {server: 'https://a.test'}}\n"
                                 "- {name: b, cluster: {server: 'https://b.test'}}\n");
  EXPECT_EQ(ReadKubeconfig(path)->server.host(), "a.test");
  EXPECT_EQ(ReadKubeconfig(path, "there")->server.host(), "b.test");
  EXPECT_EQ(ReadKubeconfig(path, "there")->namespace_name, "shop");
  EXPECT_THAT(Why(ReadKubeconfig(path, "gone")), HasSubstr("contexts: expected one with the name gone"));
}

TEST_F(ConfigTest, ContextsThatAreNotThereAreNamed) {
  const std::string head = "apiVersion: v1\nkind: Config\n";
  const auto why = [&](const std::string& rest) { return Why(ReadKubeconfig(Write("config", head + rest))); };
  EXPECT_THAT(why(""), HasSubstr("current-context: expected the name of a context"));
  EXPECT_THAT(why("current-context: x\n"), HasSubstr("contexts: expected one with the name x, found none"));
  EXPECT_THAT(why("current-context: x\ncontexts: [{name: x, context: {cluster: y}}]\n"),
              HasSubstr("clusters: expected one with the name y, found none"));
  EXPECT_THAT(why("current-context: x\ncontexts: [{name: x, context: {cluster: y, user: z}}]\n"
                  "clusters: [{name: y, cluster: {server: 'https://h'}}]\n"),
              HasSubstr("users: expected one with the name z, found none"));
}

TEST_F(ConfigTest, FilesThatAreNoKubeconfigAreRefused) {
  EXPECT_EQ(ReadKubeconfig(directory_.path() + "/gone").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Why(ReadKubeconfig(Write("config", "a: [\n"))), HasSubstr("kubernetes-unavailable: "));
  EXPECT_THAT(Why(ReadKubeconfig(Write("config", "- a\n"))), HasSubstr("expected an object, found a list"));
}

TEST_F(ConfigTest, AServiceAccountIsWhatKubeletMounts) {
  Write("ca.crt", kPem);
  const auto config = ServiceAccountConfig("fd00::1", "6443", directory_.path());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->server.ToString(), "https://[fd00::1]:6443/");
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->token_file, directory_.path() + "/token");
  EXPECT_EQ(config->token, "");
  EXPECT_EQ(config->namespace_name, "");
  Write("namespace", "chartseal\n");
  EXPECT_EQ(ServiceAccountConfig("fd00::1", "6443", directory_.path())->namespace_name, "chartseal");
}

TEST_F(ConfigTest, AServiceAccountWithoutAuthorityOrAddressIsRefused) {
  EXPECT_THAT(Why(ServiceAccountConfig("10.0.0.1", "443", directory_.path())),
              AllOf(HasSubstr("kubernetes-unavailable: "), HasSubstr("ca.crt")));
  Write("ca.crt", kPem);
  for (const auto& [host, port] :
       {std::pair("10.0.0.1", "x"), {"a/b", "443"}, {"a b", "443"}, {"a?b", "1"}}) {
    EXPECT_THAT(Why(ServiceAccountConfig(host, port, directory_.path())),
                HasSubstr("expected a host and a port"))
        << host << " " << port;
  }
}

TEST_F(ConfigTest, OutsideOfAPodThereIsNoServiceAccount) {
  unsetenv("KUBERNETES_SERVICE_HOST");
  const auto config = InClusterConfig();
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Why(config), HasSubstr("this process runs in no pod"));
}

}  // namespace
}  // namespace chartseal::kube
