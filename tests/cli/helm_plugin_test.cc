#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <filesystem>
#include <fstream>

#include "publisher/package/package.h"
#include "tests/cli/command.h"
#include "tests/helm_plugin/charts.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/file.h"
#include "verifier/base/strict_yaml.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using Signer = helm_plugin::Charts::Signer;

// The program, a registry with charts, and a program "helm" that writes down its arguments, a line each, and
// copies the file that the last one names.
class HelmPluginTest : public ::testing::Test {
 protected:
  HelmPluginTest() {
    command_.SetVariable("CHARTSEAL_POLICY", command_.File("policy.yaml", charts_.PolicyYaml()));
    command_.SetVariable("CHARTSEAL_TRUSTED_ROOT",
                         command_.File("root.json", sandbox::TrustedRootJson(verification::TestSigstore())));
    InstallHelm("v4.1.4");
  }

  // `ends` is what it does after that.
  void InstallHelm(const std::string& version, const std::string& ends = "exit 0") {
    const std::string script = Cat("#!/bin/sh\nif [ \"$1\" = version ]; then echo ", version,
                                   "; exit 0; fi\n", "printf '%s\\n' \"$@\" > ", command_.path("files/said"),
                                   "\n", "for last; do :; done\n", "[ -f \"$last\" ] && cp \"$last\" ",
                                   command_.path("files/copy"), "\n", "echo rendered\n", ends, "\n");
    const std::string helm = command_.File("helm", script);
    std::filesystem::permissions(helm, std::filesystem::perms::owner_all);
    command_.SetVariable("HELM_BIN", helm);
  }

  Ended Run(std::vector<std::string> words) const {
    words.insert(words.begin(), "helm");
    return command_.Run(words);
  }
  Ended Install(const std::string& chart, const std::string& version = "1.2.3") const {
    std::vector<std::string> words = {"install", "web", chart, "--plain-http"};
    if (!version.empty()) words.insert(words.end(), {"--version", version});
    return Run(words);
  }

  // What helm was given; empty when it was not run.
  std::vector<std::string> Said() const {
    std::ifstream file(command_.path("files/said"));
    std::vector<std::string> words;
    for (std::string word; std::getline(file, word);) words.push_back(word);
    return words;
  }
  std::string Copy() const {
    std::ifstream file(command_.path("files/copy"), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  // The archive of a real chart app 1.2.3.
  std::string Archive(const std::string& values = "a: 1\n") const {
    std::filesystem::create_directories(command_.path("files/app/templates"));
    command_.File("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n");
    command_.File("app/values.yaml", values);
    command_.File("app/templates/cm.yaml", "kind: ConfigMap\n");
    const auto package =
        publisher::MakePackage(command_.path("files/app"), absl::FromUnixSeconds(1'700'000'000));
    EXPECT_TRUE(package.ok()) << package.status();
    return package->bytes;
  }

  Command command_;
  helm_plugin::Charts charts_;
};

TEST_F(HelmPluginTest, HelmGetsTheDigestThatWasVerified) {
  const crypto::Digest digest = charts_.Put("1", "1.2.3");
  const Ended ended = Run(
      {"install", "-n", "shop", "web", charts_.uri(), "--version", "1.2.3", "--plain-http", "-f", "v.yaml"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(Said(), ElementsAre("install", "--namespace=shop", "--plain-http", "--values=v.yaml", "--",
                                  "web", Cat(charts_.uri(), "@", digest.ToString())));
  EXPECT_EQ(ended.out, "rendered\n");
  EXPECT_THAT(ended.err, AllOf(HasSubstr("VERIFIED"), HasSubstr(digest.ToString()),
                               HasSubstr(std::string(verification::kIdentity))));
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(HelmPluginTest, AHelmThatFollowsTagsGetsTheArchiveAndItIsGoneAfterwards) {
  for (const char* version : {"v3.16.1", "v3.17.3", "no-version"}) {
    InstallHelm(version);
    charts_.Put("the archive", "1.2.3");
    const Ended ended = Install(charts_.uri());
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    ASSERT_EQ(Said().size(), 5u) << version;
    EXPECT_THAT(Said().back(), MatchesRegex(".*/tmp/chartseal-[^/]*/chart.tgz"));
    EXPECT_EQ(Copy(), "the archive");
    EXPECT_THAT(command_.Written(), IsEmpty());
  }
}

TEST_F(HelmPluginTest, ExitCodesOfHelmArePassedThroughAndTheArchiveIsGone) {
  InstallHelm("v3.17.3", "exit 42");
  charts_.Put("1", "1.2.3");
  EXPECT_EQ(Install(charts_.uri()).code, 42);
  EXPECT_THAT(command_.Written(), IsEmpty());
  InstallHelm("v3.17.3", "kill -9 $$");
  EXPECT_EQ(Install(charts_.uri()).code, 128 + 9);
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(HelmPluginTest, AnArchiveThatASignalFindsHalfWrittenIsGoneAfterwards) {
  InstallHelm("v3.17.3", "sleep 0.5");  // until then the archive is there to be seen
  charts_.Put(std::string(8 << 20, 'a'), "1.2.3");
  for (const int number : {SIGINT, SIGTERM}) {
    const pid_t pid =
        command_.Start({"helm", "install", "web", charts_.uri(), "--plain-http", "--version", "1.2.3"});
    while (std::filesystem::is_empty(command_.path("tmp"))) {
    }
    kill(pid, number);
    const Ended ended = command_.Wait(pid);
    EXPECT_EQ(ended.signal, 0) << number;
    EXPECT_THAT(command_.Written(), IsEmpty()) << number << ended.err;
  }
}

TEST_F(HelmPluginTest, AnUnsignedChartIsOneAndHelmIsNotRun) {
  charts_.Put("1", "1.2.3", Signer::kNobody);
  const Ended ended = Install(charts_.uri());
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("NOT VERIFIED"), HasSubstr("no-signature")));
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, AnotherWorkflowIsOneWithExpectedAndFound) {
  charts_.Put("1", "1.2.3", Signer::kOther);
  const Ended ended = Install(charts_.uri());
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("identity-mismatch"), HasSubstr("expected"), HasSubstr("found")));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, ARegistryThatRefusesIsThreeAndHelmIsNotRun) {
  charts_.registry().AddFault({.times = -1, .respond = sandbox::HttpResponse{.status = 403}});
  const Ended ended = Install(charts_.uri());
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("registry-unauthorized"));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, WhatToDoNextIsSaidInFlagsThatThePluginHas) {
  const crypto::Digest digest = charts_.Put("1", "1.2.3");
  charts_.registry().AddFault({.times = -1, .respond = sandbox::HttpResponse{.status = 401}});
  const Ended refused = Run({"verify", charts_.uri() + "@" + digest.ToString(), "--plain-http"});
  EXPECT_THAT(refused.out, AllOf(HasSubstr("registry-unauthorized"), HasSubstr("--username and --password"),
                                 Not(HasSubstr("--password-stdin"))));
  const Ended ended = Run({"verify", charts_.uri(), "--plain-http", "--verify-timeout", "soon"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("--verify-timeout: expected a duration"));
}

TEST_F(HelmPluginTest, PlainHttpIsNeverSpokenUnasked) {
  charts_.Put("1", "1.2.3");
  const Ended ended = Run({"install", "web", charts_.uri(), "--version", "1.2.3", "--verify-timeout", "5s"});
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_EQ(charts_.registry().log().size(), 0u);
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, ChartsOfRepositoriesAreOne) {
  for (const char* chart : {"bitnami/nginx", "https://charts.example.com/app-1.2.3.tgz"}) {
    const Ended ended = Install(chart, "");
    EXPECT_EQ(ended.code, 1) << chart;
    EXPECT_THAT(ended.err, HasSubstr("chart-source-unverifiable")) << chart;
  }
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, AFileThatIsThePublishedArchiveIsInstalledByItsBytes) {
  const std::string archive = Archive();
  charts_.Put(archive, "1.2.3");
  const std::string file = command_.File("app-1.2.3.tgz", archive);
  const Ended ended = Install(file, "");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  ASSERT_FALSE(Said().empty());
  EXPECT_NE(Said().back(), file) << "it may change until helm reads it";
  EXPECT_EQ(Copy(), archive);
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(HelmPluginTest, AFileThatIsNotThePublishedArchiveIsOne) {
  charts_.Put(Archive("a: 1\n"), "1.2.3");
  const Ended ended = Install(command_.File("app-1.2.3.tgz", Archive("a: 2\n")), "");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("chart-content-mismatch"));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, AFileOfAPublishedChartThatNobodySignedIsOne) {
  const std::string archive = Archive();
  charts_.Put(archive, "1.2.3", Signer::kNobody);
  const Ended ended = Install(command_.File("app-1.2.3.tgz", archive), "");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("no-signature"));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, AFileOfAChartThatIsNotPublishedIsThree) {
  const Ended ended = Install(command_.File("app-1.2.3.tgz", Archive()), "");
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("not-found"));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, APolicyThatWarnsLetsItPassWithAWarning) {
  const crypto::Digest digest = charts_.Put("1", "1.2.3", Signer::kNobody);
  command_.File("policy.yaml", charts_.PolicyYaml("  mode: warn\n"));
  const Ended ended = Install(charts_.uri());
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("warning: "), HasSubstr("no-signature"), Not(HasSubstr("VERIFIED"))));
  EXPECT_THAT(Said().back(), HasSubstr(digest.ToString()));
}

TEST_F(HelmPluginTest, VerifyOnlyVerifies) {
  charts_.Put("1", "1.2.3");
  const Ended yes = Run({"verify", charts_.uri() + ":1.2.3", "--plain-http"});
  EXPECT_EQ(yes.code, 0) << yes.out << yes.err;
  EXPECT_THAT(yes.out, HasSubstr("VERIFIED"));
  charts_.Put("2", "2.0.0", Signer::kNobody);
  const Ended no = Run({"verify", charts_.uri(), "--version", "^2", "--plain-http"});
  EXPECT_EQ(no.code, 1);
  EXPECT_THAT(no.out, HasSubstr("no-signature"));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, TheNamespaceThatHelmWasGivenCounts) {
  charts_.Put("1", "1.2.3");
  std::string yaml = charts_.PolicyYaml();
  yaml.insert(yaml.find("charts:"), "namespaces: [prod], ");
  command_.File("policy.yaml", yaml);
  command_.SetVariable("HELM_NAMESPACE", "shop");
  const Ended elsewhere = Install(charts_.uri());
  EXPECT_EQ(elsewhere.code, 1);
  EXPECT_THAT(elsewhere.err, HasSubstr("no-policy-matches"));
  command_.SetVariable("HELM_NAMESPACE", "prod");
  EXPECT_EQ(Install(charts_.uri()).code, 0);
}

// Policies for "prod" alone; what helm is given has no namespace.
class HelmNamespaceTest : public HelmPluginTest {
 protected:
  HelmNamespaceTest() {
    charts_.Put("1", "1.2.3");
    std::string yaml = charts_.PolicyYaml();
    yaml.insert(yaml.find("charts:"), "namespaces: [prod], ");
    command_.File("policy.yaml", yaml);
    for (const char* name : {"HELM_NAMESPACE", "HELM_KUBECONTEXT", "KUBECONFIG", "KUBERNETES_SERVICE_HOST"}) {
      command_.SetVariable(name, "");
    }
  }
  std::string Kubeconfig() const {
    return command_.File("kubeconfig",
                         "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts:\n"
                         "- {name: a, context: {cluster: k, user: u, namespace: shop}}\n"
                         "- {name: b, context: {cluster: k, user: u, namespace: prod}}\n"
                         "- {name: c, context: {cluster: k, user: u}}\n"
                         "clusters:\n- {name: k, cluster: {server: \"https://127.0.0.1:1\"}}\n"
                         "users:\n- {name: u, user: {token: secret-token}}\n");
  }
  Ended Verify(std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"verify", charts_.uri() + ":1.2.3", "--plain-http"};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
};

TEST_F(HelmNamespaceTest, WithoutAKubeconfigItIsDefault) {
  const Ended ended = Verify();
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("no-policy-matches"));
  EXPECT_EQ(Verify({"-n", "prod"}).code, 0);
}

TEST_F(HelmNamespaceTest, ThatOfTheContextCounts) {
  const std::string kubeconfig = Kubeconfig();
  for (const char* context : {"a", "c"}) {
    const Ended ended = Verify({"--kubeconfig", kubeconfig, "--kube-context", context});
    EXPECT_EQ(ended.code, 1) << context << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("no-policy-matches")) << context;
  }
  EXPECT_EQ(Verify({"--kubeconfig", kubeconfig, "--kube-context", "b"}).code, 0);
  command_.SetVariable("KUBECONFIG", kubeconfig);
  EXPECT_EQ(Verify().code, 1);
  command_.SetVariable("HELM_KUBECONTEXT", "b");
  EXPECT_EQ(Verify().code, 0);
}

TEST_F(HelmNamespaceTest, AKubeconfigThatCannotBeReadIsTwoAndAsksForTheNamespace) {
  for (const std::string& file : {command_.path("files/none"), command_.File("broken", "a: [")}) {
    const Ended ended = Verify({"--kubeconfig", file});
    EXPECT_EQ(ended.code, 2) << ended.out << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("Give -n"));
    EXPECT_EQ(Verify({"--kubeconfig", file, "-n", "prod"}).code, 0);
  }
  EXPECT_EQ(Verify({"--kubeconfig", Kubeconfig(), "--kube-context", "none"}).code, 2);
}

TEST_F(HelmPluginTest, WrongUsageIsTwoAndHelmIsNotRun) {
  EXPECT_EQ(Run({}).code, 2);
  EXPECT_EQ(Run({"uninstall", "web"}).code, 2);
  EXPECT_EQ(Run({"install", "web"}).code, 1);  // "web" is the chart then, and none that can be verified
  EXPECT_EQ(Run({"install", "--brand-new", "web", charts_.uri()}).code, 2);
  EXPECT_EQ(Run({"upgrade", charts_.uri()}).code, 2);
  EXPECT_EQ(Run({"install", "web", charts_.uri(), "--verify-timeout", "soon"}).code, 2);
  command_.SetVariable("CHARTSEAL_POLICY", "");
  const Ended ended = Install(charts_.uri());
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("--policy"));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(HelmPluginTest, HelpOfACommandIsHelms) {
  EXPECT_EQ(Run({"install", "--help"}).code, 0);
  EXPECT_THAT(Said(), ElementsAre("install", "--help"));
  EXPECT_THAT(Run({"--help"}).out, HasSubstr("helm chartseal install"));
}

TEST_F(HelmPluginTest, BothFormsOfThePluginHaveTheProgramsVersion) {
  const std::string version = command_.Run({"--version"}).out;  // "chartseal 1.2.3"
  ASSERT_THAT(version, MatchesRegex("chartseal [0-9.]+\n"));
  for (const char* file : {"plugin.yaml", "v1/plugin.yaml"}) {
    const auto text = ReadFile(Cat(CHARTSEAL_SOURCE_DIR "/helm/plugin/", file), 1 << 20);
    ASSERT_TRUE(text.ok()) << text.status();
    const auto plugin = ParseYaml(*text, file);
    ASSERT_TRUE(plugin.ok()) << plugin.status();
    EXPECT_EQ(Cat("chartseal ", plugin->StringOr("version"), "\n"), version) << file;
    EXPECT_EQ(plugin->StringOr("name"), "chartseal") << file;
  }
}

TEST_F(HelmPluginTest, WithoutAHelmItIsThree) {
  charts_.Put("1", "1.2.3");
  command_.SetVariable("HELM_BIN", command_.path("files/no-helm"));
  const Ended ended = Install(charts_.uri());
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("helm-failed"));
}

}  // namespace
}  // namespace chartseal::cli
