#include "webhook/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Settings Complete() {
  Settings settings;
  settings.listen = "127.0.0.1:8443";
  settings.ops_listen = "localhost:9090";
  settings.tls_cert = "c.pem";
  settings.tls_key = "k.pem";
  settings.policy = "policies";
  return settings;
}

template <typename T>
void ExpectWrong(const absl::StatusOr<T>& result, const std::string& part) {
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(result.status())) << result.status();
  EXPECT_THAT(Message(result.status()), HasSubstr(part));
}

TEST(MakeOptions, TakesWhatIsComplete) {
  const auto options = MakeOptions(Complete());
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->listen.address, "127.0.0.1");
  EXPECT_EQ(options->listen.port, 8443);
  EXPECT_EQ(options->ops_listen.address, "127.0.0.1");
  EXPECT_EQ(options->trusted_root, "");
}

TEST(MakeOptions, NamesEverythingThatIsMissing) {
  ExpectWrong(MakeOptions({}),
              "missing: --listen, --tls-cert, --tls-key, --ops-listen, --policy (or --in-cluster or "
              "--kubeconfig); give them as");
}

TEST(MakeOptions, EmptyIsMissing) {
  Settings settings = Complete();
  settings.policy = "";
  ExpectWrong(MakeOptions(settings), "missing: --policy (or --in-cluster or --kubeconfig);");
}

TEST(MakeOptions, NeedsNoPolicyFileWithACluster) {
  Settings settings = Complete();
  settings.policy = std::nullopt;
  settings.kubeconfig = "kubeconfig";
  const auto options = MakeOptions(settings);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->cluster, Cluster::kKubeconfig);
  EXPECT_EQ(options->policy, "");
}

TEST(MakeOptions, RefusesTwoClusters) {
  Settings settings = Complete();
  settings.kubeconfig = "kubeconfig";
  settings.in_cluster = true;
  ExpectWrong(MakeOptions(settings), "give one of --in-cluster and --kubeconfig, not both");
}

TEST(MakeOptions, RefusesClientNamesThatNobodyWouldCheck) {
  Settings settings = Complete();
  settings.client_names = {"kube-apiserver"};
  ExpectWrong(MakeOptions(settings), "--client-name: needs --client-ca");
}

TEST(MakeOptions, RefusesAnUnknownWord) {
  Settings settings = Complete();
  settings.no_match = "maybe";
  ExpectWrong(MakeOptions(settings), "--no-match: expected one of deny, warn, allow, found \"maybe\"");
  settings = Complete();
  settings.log_level = "loud";
  ExpectWrong(MakeOptions(settings),
              "--log-level: expected one of debug, info, warning, error, found \"loud\"");
}

TEST(MakeOptions, RecordsOfEveryDecisionNeedADirectory) {
  Settings settings = Complete();
  settings.decision_records_all = true;
  ExpectWrong(MakeOptions(settings), "--decision-records-all: needs --decision-records");
  settings.decision_records = "/records";
  const auto options = MakeOptions(settings);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->decision_records_all);
  settings.decision_records_all = false;
  EXPECT_FALSE(MakeOptions(settings)->decision_records_all);
}

TEST(MakeOptions, RefusesANamespaceThatWouldBeAPath) {
  Settings settings = Complete();
  for (const std::string name : {"a/b", "..", "Shop", "a b", "a?b", "a%2Fb"}) {
    settings.policy_secrets_namespace = name;
    ExpectWrong(MakeOptions(settings),
                "--policy-secrets-namespace: expected the name of a namespace, found \"" + name + "\"");
  }
  settings.policy_secrets_namespace = std::string(64, 'a');
  ExpectWrong(MakeOptions(settings), "--policy-secrets-namespace: expected the name of a namespace");
  settings.policy_secrets_namespace = "cosign-system";
  EXPECT_EQ(MakeOptions(settings)->policy_secrets_namespace, "cosign-system");
}

TEST(ReadSettings, ReadsSwitches) {
  const auto settings = ReadSettings(
      "decision-records: /r\ndecision-records-all: true\npolicy-secrets-namespace: cosign-system\n",
      "c.yaml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->decision_records_all);
  EXPECT_FALSE(settings->in_cluster);
  EXPECT_EQ(settings->policy_secrets_namespace, "cosign-system");
  EXPECT_TRUE(Merge({}, *settings).decision_records_all);
}

TEST(ReadSettings, RefusesASwitchThatIsNoBoolean) {
  ExpectWrong(ReadSettings("decision-records-all: always\n", "c.yaml"),
              "decision-records-all: expected true or false, found a string");
}

TEST(ReadSettings, KeepsTablesForTheirReaders) {
  const auto settings = ReadSettings("mirrors: [{from: a, to: [b]}]\nin-cluster: true\n", "config.yaml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->mirrors.is_list());
  EXPECT_TRUE(settings->image_paths.is_null());
  EXPECT_TRUE(settings->in_cluster);
  const Settings merged = Merge({}, *settings);
  EXPECT_TRUE(merged.mirrors.is_list());
  EXPECT_TRUE(merged.in_cluster);
  EXPECT_EQ(merged.config_file, "config.yaml");
}

TEST(MakeOptions, RefusesAListenAddressThatIsNone) {
  Settings settings = Complete();
  settings.listen = "webhook.test:8443";
  ExpectWrong(MakeOptions(settings),
              "--listen: expected an IP address before the port, found \"webhook.test:8443\"");
}

TEST(MakeOptions, RefusesAUrlAsPlainHttpRegistry) {
  Settings settings = Complete();
  settings.plain_http_registries = {"localhost:5000", "http://localhost:5000"};
  ExpectWrong(MakeOptions(settings),
              "--plain-http-registry: expected HOST or HOST:PORT without scheme and path");
}

TEST(ParseEndpoint, ReadsEveryForm) {
  EXPECT_EQ(ParseEndpoint("[::1]:1", "x")->address, "::1");
  EXPECT_EQ(ParseEndpoint(":8443", "x")->address, "0.0.0.0");
  EXPECT_EQ(ParseEndpoint("127.0.0.1:0", "x")->port, 0);
}

TEST(ParseEndpoint, RefusesWhatHasNoPort) {
  ExpectWrong(ParseEndpoint("127.0.0.1", "x"), "expected ADDR:PORT");
}
TEST(ParseEndpoint, RefusesAPortOverTheRange) {
  ExpectWrong(ParseEndpoint("127.0.0.1:65536", "x"), "--x: expected ADDR:PORT, found \"127.0.0.1:65536\"");
}
TEST(ParseEndpoint, RefusesANegativePort) {
  ExpectWrong(ParseEndpoint("127.0.0.1:-1", "x"), "expected ADDR:PORT");
}
TEST(ParseEndpoint, RefusesTextAfterThePort) {
  ExpectWrong(ParseEndpoint(":80x", "x"), "expected ADDR:PORT");
}

TEST(ReadSettings, ReadsEveryKey) {
  const auto settings = ReadSettings(
      "listen: 127.0.0.1:1\nops-listen: 127.0.0.1:2\ntls-cert: a\ntls-key: b\npolicy: c\ntrusted-root: d\n"
      "registry-config: e\nca-file: f\nplain-http-registry: [g, \"h:5000\"]\n",
      "config.yaml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->listen, "127.0.0.1:1");
  EXPECT_EQ(settings->ops_listen, "127.0.0.1:2");
  EXPECT_EQ(settings->trusted_root, "d");
  EXPECT_EQ(settings->registry_config, "e");
  EXPECT_EQ(settings->ca_file, "f");
  EXPECT_THAT(settings->plain_http_registries, ElementsAre("g", "h:5000"));
}

TEST(ReadSettings, RefusesAnUnknownKeyByName) {
  ExpectWrong(ReadSettings("tls_cert: a\n", "config.yaml"), "tls_cert");
}
TEST(ReadSettings, RefusesAListWhereTextBelongs) {
  ExpectWrong(ReadSettings("policy: [a]\n", "config.yaml"), "expected a string, found a list");
}
TEST(ReadSettings, RefusesTextWhereAListBelongs) {
  ExpectWrong(ReadSettings("plain-http-registry: a\n", "config.yaml"), "plain-http-registry");
}
TEST(ReadSettings, RefusesAKeyGivenTwice) {
  ExpectWrong(ReadSettings("policy: a\npolicy: b\n", "config.yaml"), "policy");
}

TEST(Merge, FlagsWin) {
  Settings flags, file;
  flags.policy = "flag";
  file.policy = "file";
  file.listen = "file";
  flags.plain_http_registries = {"flag"};
  file.plain_http_registries = {"file"};
  const Settings merged = Merge(flags, file);
  EXPECT_EQ(merged.policy, "flag");
  EXPECT_EQ(merged.listen, "file");
  EXPECT_THAT(merged.plain_http_registries, ElementsAre("flag"));
}

}  // namespace
}  // namespace chartseal::webhook
