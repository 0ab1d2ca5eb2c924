#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_directories.h"
#include "tests/cli/command.h"
#include "tests/kube/fake_api_server.h"
#include "tests/verification/release_fixture.h"
#include "verifier/base/encoding.h"
#include "verifier/base/file.h"

// `chartseal verify` of releases: in a cluster, and from files as people have them.
namespace chartseal::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using verification::Files;

constexpr char kSecrets[] = "/api/v1/namespaces/shop/secrets";
constexpr char kConfigMaps[] = "/api/v1/namespaces/shop/configmaps";

class VerifyReleaseTest : public ::testing::Test {
 protected:
  VerifyReleaseTest() {
    SetPolicy("deny");
    const kube::Config config = api_.config();
    command_.SetVariable(
        "KUBECONFIG",
        command_.File(
            "kubeconfig",
            Cat("apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- name: c\n  context: "
                "{cluster: k, user: u, namespace: shop}\nclusters:\n- name: k\n  cluster:\n    server: ",
                config.server.ToString(), "\n    certificate-authority-data: ", Base64Encode(config.ca_pem),
                "\nusers:\n- name: u\n  user: {token: secret-token}\n")));
    for (const char* collection : {kSecrets, kConfigMaps})
      api_.Put("other", R"("kind":"Secret")", collection);
  }

  void SetPolicy(const std::string& unbound, const std::string& charts = "charts/*") {
    policy_ = command_.File(
        "policy.yaml",
        Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: release "
            "}\nspec:\n",
            "  match: { charts: [\"", registry_.host(), "/", charts, "\"], namespaces: [\"shop\"] }\n",
            "  helmReleases: { unboundSubcharts: ", unbound, " }\n  authorities:\n  - name: workflow\n",
            "    keyless:\n      identities:\n      - { issuer: \"", verification::kIssuer, "\", subject: \"",
            verification::kIdentity, "\" }\n"));
  }

  static std::string Tgz(const std::string& readme = "# app\n") {
    return verification::TgzOf(
        "app", {{"Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n"},
                {"README.md", readme},
                {"templates/svc.yaml", "kind: Service\n"},
                {"templates/cm.yaml", "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"},
                {"charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n"},
                {"charts/db/templates/svc.yaml", "kind: Database\n"}});
  }
  static json Record(const std::string& readme = "# app\n", int revision = 1) {
    json record = verification::RecordOf(
        Tgz(readme),
        "---\n# Source: app/templates/svc.yaml\nkind: Service\n---\n# Source: app/templates/cm.yaml\n"
        "kind: ConfigMap\nmetadata: {name: rel}\n---\n# Source: app/charts/db/templates/svc.yaml\n"
        "kind: Database\n");
    record["version"] = revision;
    return record;
  }
  // What stands under `release`, in a ConfigMap.
  static std::string Value(const json& record) { return chart::Encoded(record.dump()); }
  static json Secret(const json& record) {
    return {{"apiVersion", "v1"},
            {"kind", "Secret"},
            {"type", "helm.sh/release.v1"},
            {"metadata", {{"name", "sh.helm.release.v1.rel.v1"}, {"namespace", "shop"}}},
            {"data", {{"release", Base64Encode(Value(record))}}}};
  }

  void Install(const json& record, const std::string& collection = kSecrets) {
    const bool secret = collection == kSecrets;
    const std::string value = Value(record);
    api_.Put(Cat("sh.helm.release.v1.rel.v", record["version"].get<int>()),
             Cat(R"("apiVersion":"v1","kind":")", secret ? "Secret" : "ConfigMap", R"(","data":{"release":")",
                 secret ? Base64Encode(value) : value, R"("})"),
             collection);
  }

  Ended Verify(std::vector<std::string> words, std::string_view input = "") const {
    words.insert(words.begin(), "verify");
    words.insert(words.end(), {"--policy", policy_, "--trusted-root", root_, "--plain-http"});
    return command_.Run(words, input);
  }

  Command command_;
  kube::FakeApiServer api_;
  verification::ChartRegistry registry_;
  std::string policy_;
  const std::string root_ =
      command_.File("root.json", sandbox::TrustedRootJson(verification::TestSigstore()));
};

// -- In a cluster.

TEST_F(VerifyReleaseTest, AnInstalledReleaseOfTheSignedChartIsZero) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", Tgz());
  Install(Record());
  const Ended ended = Verify({"--release", "rel", "-n", "shop"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out,
              AllOf(StartsWith("VERIFIED  release shop/rel\n"), HasSubstr("chart        app 1.2.3"),
                    HasSubstr(Cat(registry_.Place("charts/app"), ":1.2.3@", digest.ToString())),
                    HasSubstr(Cat("signed by    ", verification::kIdentity)),
                    HasSubstr("documents    3 of 3 bound to the signed chart"), Not(HasSubstr("not bound"))));
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(api_.targets().at(0),
              StartsWith(Cat(kSecrets, "?labelSelector=owner%3Dhelm%2Cname%3Drel&limit=")));
}

TEST_F(VerifyReleaseTest, TheLatestRevisionIsMeantUnlessOneIsNamed) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  for (const int revision : {1, 2, 9}) Install(Record("# old\n", revision));
  Install(Record("# app\n", 10));
  EXPECT_EQ(Verify({"--release", "rel"}).code, 0) << "the namespace is that of the context";
  const Ended old = Verify({"--release", "rel", "--revision", "9"});
  EXPECT_EQ(old.code, 1) << old.out << old.err;
  EXPECT_THAT(old.out, AllOf(StartsWith("NOT VERIFIED  release shop/rel\n"), HasSubstr("revision     9"),
                             HasSubstr("chart-content-mismatch: README.md differs")));
  const Ended none = Verify({"--release", "rel", "--revision", "3"});
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, HasSubstr("no release rel with revision 3 in namespace shop"));
}

TEST_F(VerifyReleaseTest, ARecordUnderANameThatHelmDoesNotGiveIsNoRevision) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  Install(Record("# app\n", 3));
  for (const char* name : {"sh.helm.release.v1.rel.v03", "sh.helm.release.v1.rel.v+9",
                           "sh.helm.release.v1.rel.x.v9", "sh.helm.release.v1.rel.v9."}) {
    api_.Put(name,
             Cat(R"("apiVersion":"v1","kind":"Secret","data":{"release":")",
                 Base64Encode(Value(Record("# evil\n", 3))), R"("})"),
             kSecrets);
  }
  EXPECT_EQ(Verify({"--release", "rel"}).code, 0);
  EXPECT_EQ(Verify({"--release", "rel", "--revision", "3"}).code, 0);
  EXPECT_EQ(Verify({"--release", "rel", "--revision", "9"}).code, 3);
}

TEST_F(VerifyReleaseTest, OnlyTheRecordThatIsWantedIsFetched) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  for (const int revision : {1, 2, 3}) Install(Record("# app\n", revision));
  ASSERT_EQ(Verify({"--release", "rel"}).code, 0);
  std::vector<std::string> targets = api_.targets();
  std::erase_if(targets, [](const std::string& target) { return !target.starts_with(Cat(kSecrets, "/")); });
  EXPECT_THAT(targets, ElementsAre(Cat(kSecrets, "/sh.helm.release.v1.rel.v3")));
}

TEST_F(VerifyReleaseTest, TheClusterIsThatOfTheContext) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  Install(Record());
  EXPECT_EQ(Verify({"--release", "rel", "--context", "c"}).code, 0);
  const Ended other = Verify({"--release", "rel", "--context", "other"});
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err, HasSubstr("[kubernetes-unavailable]"));
  EXPECT_EQ(Verify({"--release", "rel", "--kubeconfig", command_.path("files/none")}).code, 3);
}

TEST_F(VerifyReleaseTest, ConfigMapsHoldRecordsToo) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  Install(Record(), kConfigMaps);
  EXPECT_EQ(Verify({"--release", "rel"}).code, 0);
  command_.SetVariable("HELM_DRIVER", "configmap");
  EXPECT_EQ(Verify({"--release", "rel"}).code, 0);
  command_.SetVariable("HELM_DRIVER", "secret");
  const Ended secrets = Verify({"--release", "rel"});
  EXPECT_EQ(secrets.code, 3);
  EXPECT_THAT(secrets.err, HasSubstr("no release rel in namespace shop; looked among secrets [not-found]"));
  command_.SetVariable("HELM_DRIVER", "sql");
  EXPECT_EQ(Verify({"--release", "rel"}).code, 2);
}

TEST_F(VerifyReleaseTest, WhatTheClusterDoesNotSayIsThree) {
  const Ended none = Verify({"--release", "rel"});
  EXPECT_EQ(none.code, 3) << none.out;
  EXPECT_THAT(none.err, HasSubstr("no release rel in namespace shop"));
  api_.SetForbidden(kSecrets, true);
  const Ended forbidden = Verify({"--release", "rel", "--output", "json"});
  EXPECT_EQ(forbidden.code, 3);
  EXPECT_EQ(forbidden.Json().StringOr("reason"), "kubernetes-unavailable");
  EXPECT_THAT(forbidden.err, Not(HasSubstr("secret-token")));
  api_.SetForbidden(kSecrets, false);
  api_.Put("sh.helm.release.v1.rel.v1", R"("apiVersion":"v1","kind":"Secret","data":{"release":"bm9uZQ=="})",
           kSecrets);
  const Ended broken = Verify({"--release", "rel"});
  EXPECT_EQ(broken.code, 3);
  EXPECT_THAT(broken.err, HasSubstr("Secret shop/sh.helm.release.v1.rel.v1"));
  json other = Record();
  other["name"] = "other";
  Install(other);
  const Ended moved = Verify({"--release", "rel"});
  EXPECT_EQ(moved.code, 3);
  EXPECT_THAT(moved.err, HasSubstr("the record in it is of other revision 1 [release-malformed]"));
}

// -- From files.

TEST_F(VerifyReleaseTest, ARecordIsTakenInEveryFormThatPeopleHaveItIn) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  const json config_map = {{"apiVersion", "v1"},
                           {"kind", "ConfigMap"},
                           {"metadata", {{"name", "sh.helm.release.v1.rel.v1"}}},
                           {"data", {{"release", Value(Record())}}}};
  const std::string yaml =
      Cat("apiVersion: v1\ndata:\n  release: ", Base64Encode(Value(Record())),
          "\nkind: Secret\nmetadata:\n  creationTimestamp: null\n  labels:\n    owner: helm\n"
          "    version: \"1\"\n  name: sh.helm.release.v1.rel.v1\n  namespace: shop\n"
          "type: helm.sh/release.v1\n");
  for (const std::string& text :
       {Secret(Record()).dump(), Secret(Record()).dump(2) + "\n", config_map.dump(), yaml, Value(Record()),
        Value(Record()) + "\n", Base64Encode(Value(Record())), Record().dump()}) {
    const Ended piped = Verify({"--release-file", "-"}, text);
    EXPECT_EQ(piped.code, 0) << piped.out << piped.err << text.substr(0, 80);
    EXPECT_EQ(Verify({"--release-file", command_.File("record", text)}).out, piped.out);
  }
}

TEST_F(VerifyReleaseTest, WhatIsNoRecordIsThree) {
  for (const std::string text :
       {"", "\n", "text", "a: 1\n", "{}", "[]", "{\"kind\":\"Pod\"}", "- a\n",
        "apiVersion: v1\nkind: Secret\n", "\xff", "{\"kind\":\"Secret\",\"apiVersion\":\"v1\"}"}) {
    const Ended ended = Verify({"--release-file", "-"}, text);
    EXPECT_EQ(ended.code, 3) << text << ended.out;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("standard input"), HasSubstr("-malformed]"))) << text;
  }
  EXPECT_EQ(Verify({"--release-file", command_.path("files/none")}).code, 3);
}

TEST_F(VerifyReleaseTest, JsonHasItsDocumentedShape) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", Tgz());
  const Node yes = Verify({"--release-file", "-", "-o", "json"}, Secret(Record()).dump()).Json();
  EXPECT_EQ(yes.StringOr("verdict"), "yes");
  const Node& release = *yes.Find("release");
  EXPECT_EQ(release.StringOr("name"), "rel");
  EXPECT_EQ(release.StringOr("namespace"), "shop");
  EXPECT_EQ(release.Find("revision")->integer_value(), 1);
  EXPECT_EQ(release.StringOr("status"), "pending-install");
  EXPECT_EQ(release.StringOr("chart"), "app");
  EXPECT_EQ(release.StringOr("version"), "1.2.3");
  EXPECT_EQ(release.StringOr("contentFingerprint").size(), 64u);
  const Node& result = yes.Find("results")->list().at(0);
  EXPECT_EQ(result.StringOr("policy"), "release");
  EXPECT_EQ(result.StringOr("mode"), "enforce");
  EXPECT_EQ(result.StringOr("verdict"), "yes");
  EXPECT_EQ(result.Find("signer")->StringOr("identity"), verification::kIdentity);
  const Node& place = yes.Find("places")->list().at(0);
  EXPECT_EQ(place.StringOr("repository"), registry_.Place("charts/app"));
  EXPECT_EQ(place.StringOr("tag"), "1.2.3");
  EXPECT_EQ(place.StringOr("digest"), digest.ToString());
  EXPECT_TRUE(place.Find("decisive")->bool_value());
  EXPECT_FALSE(place.Find("stated")->bool_value());
  EXPECT_THAT(std::string(place.StringOr("signers")), HasSubstr(std::string(verification::kIdentity)));
  ASSERT_EQ(yes.Find("documents")->list().size(), 3u);
  const Node& document = yes.Find("documents")->list().at(2);
  EXPECT_EQ(document.StringOr("source"), "app/charts/db/templates/svc.yaml");
  EXPECT_EQ(document.StringOr("binding"), "verbatim");
  EXPECT_TRUE(document.Find("bound")->bool_value());
  EXPECT_TRUE(document.Find("subchart")->bool_value());
}

TEST_F(VerifyReleaseTest, ASubchartThatWasChangedIsAsThePolicySays) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  json record = Record();
  std::string manifest = record["manifest"];
  record["manifest"] = manifest.replace(manifest.find("kind: Database"), 14, "kind: Evil");
  const Ended denied = Verify({"--release-file", "-"}, record.dump());
  EXPECT_EQ(denied.code, 1) << denied.out;
  EXPECT_THAT(denied.out, AllOf(HasSubstr("subchart-mismatch"),
                                HasSubstr("not bound    app/charts/db/templates/svc.yaml (Evil): differs")));
  SetPolicy("warn");
  const Ended warned = Verify({"--release-file", "-", "-o", "json"}, record.dump());
  EXPECT_EQ(warned.code, 0) << warned.out;
  EXPECT_EQ(warned.Json().Find("warnings")->list().at(0).StringOr("reason"), "subchart-mismatch");
  EXPECT_THAT(Verify({"--release-file", "-"}, record.dump()).out,
              HasSubstr("warning      subchart-mismatch: "));
  SetPolicy("allow");
  const Ended allowed = Verify({"--release-file", "-"}, record.dump());
  EXPECT_EQ(allowed.code, 0);
  EXPECT_THAT(allowed.out, Not(HasSubstr("warning")));
}

TEST_F(VerifyReleaseTest, NoAndCouldNotTellAreToldApart) {
  const Ended missing = Verify({"--release-file", "-", "-o", "json"}, Record().dump());
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.Json().StringOr("verdict"), "no");
  EXPECT_EQ(missing.Json().Find("results")->list().at(0).StringOr("reason"), "not-found");
  SetPolicy("deny", "other/app2");
  const Ended uncovered = Verify({"--release-file", "-"}, Record().dump());
  EXPECT_EQ(uncovered.code, 1);
  EXPECT_THAT(uncovered.out, HasSubstr("no-policy-matches"));
  SetPolicy("deny");
  registry_.server().AddFault(
      {.path_glob = "*", .times = -1, .respond = sandbox::MakeResponse(500, "text/plain", "")});
  const Ended failing = Verify({"--release-file", "-", "--timeout", "5s"}, Record().dump());
  EXPECT_EQ(failing.code, 3) << failing.out;
  EXPECT_THAT(failing.out,
              AllOf(StartsWith("COULD NOT TELL"), HasSubstr("registry-error"), HasSubstr("next ")));
}

TEST_F(VerifyReleaseTest, PoliciesOfOtherNamespacesDoNotCount) {
  registry_.PushSigned("charts/app", "1.2.3", Tgz());
  EXPECT_EQ(Verify({"--release-file", "-", "-n", "shop"}, Record().dump()).code, 0);
  const Ended by_flag = Verify({"--release-file", "-", "-n", "other"}, Record().dump());
  EXPECT_EQ(by_flag.code, 1);
  EXPECT_THAT(by_flag.out, HasSubstr("no-policy-matches"));
  json record = Record();
  record["namespace"] = "other";
  const Ended by_record = Verify({"--release-file", "-"}, record.dump());
  EXPECT_EQ(by_record.code, 1);
  EXPECT_THAT(by_record.out, HasSubstr("no-policy-matches"));
}

// -- Wrong usage.

TEST_F(VerifyReleaseTest, FlagsThatDoNotFitAreTwo) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--release", "rel", "ghcr.io/acme/app:1"}, "either REF or a release"},
      {{"-n", "shop"}, "go with --release"},
      {{"--revision", "3"}, "go with --release"},
      {{"--context", "c"}, "go with --release"},
      {{"--kubeconfig", "x"}, "go with --release"},
      {{"--release-file", "x", "--context", "c"}, "leave out"},
      {{"--release", "rel", "--release-file", "x"}, "leave out"},
      {{"--release", "Rel"}, "--release"},
      {{"--release", "rel", "-n", "a/b"}, "--namespace"},
      {{"--release", "rel", "--revision", "0"}, "--revision"},
      {{"--release", "rel", "--certificate-identity", "x"}, "--policy says who"},
  };
  for (const auto& [words, text] : cases) {
    const Ended ended = Verify(words);
    EXPECT_EQ(ended.code, 2) << words[0] << ended.out;
    EXPECT_THAT(ended.err, HasSubstr(text));
  }
  const Ended no_policy = command_.Run({"verify", "--release", "rel"});
  EXPECT_EQ(no_policy.code, 2);
  EXPECT_THAT(no_policy.err, HasSubstr("verified with --policy"));
}

}  // namespace
}  // namespace chartseal::cli
