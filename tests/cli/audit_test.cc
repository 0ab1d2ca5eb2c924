#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>

#include "tests/audit/fake_cluster.h"
#include "tests/cli/command.h"
#include "tests/sandbox/trusted_root_file.h"
#include "tests/verification/signed_images.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// The program, a cluster, and a registry with images of the repository "acme/app".
class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    api_.AddUsualKinds();
    for (const char* name : {"shop", "other"}) {
      api_.Put("namespaces", Cat(R"({"metadata":{"name":")", name, R"("}})"));
    }
    command_.File("kubeconfig", api_.Kubeconfig());
    command_.File("policy.yaml", images_.PolicyYaml());
    command_.File("root.json", sandbox::TrustedRootJson(verification::TestSigstore()));
  }

  std::vector<std::string> Words(std::vector<std::string> more, bool policy = true) const {
    std::vector<std::string> words = {"audit",
                                      "--kubeconfig",
                                      command_.path("files/kubeconfig"),
                                      "--trusted-root",
                                      command_.path("files/root.json"),
                                      "--plain-http-registry",
                                      images_registry()};
    if (policy) words.insert(words.end(), {"--policy", command_.path("files/policy.yaml")});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Ended Audit(const std::vector<std::string>& more = {}) const { return command_.Run(Words(more)); }

  void Deploy(const std::string& name, const std::string& image, const std::string& namespace_name = "shop") {
    api_.Put(
        "deployments",
        Cat(R"({"metadata":{"namespace":")", namespace_name, R"(","name":")", name, R"(","uid":"uid-)", name,
            R"("},"spec":{"template":{"spec":{"containers":[{"name":"web","image":")", image, R"("}]}}}})"));
  }
  void DeploySigned() { Deploy("signed", images_.Ref(images_.PutSigned("signed"))); }
  void DeployUnsigned() { Deploy("unsigned", images_.Ref(images_.PutUnsigned("unsigned"))); }
  std::string images_registry() const { return images_.name().substr(0, images_.name().find('/')); }

  Command command_;
  audit::FakeCluster api_;
  verification::SignedImages images_;
};

TEST_F(AuditTest, EverythingSignedIsZero) {
  DeploySigned();
  const Ended ended = Audit();
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("Deployment  shop/signed"), HasSubstr("yes"),
                               HasSubstr("1 objects read; 1 yes, 0 no, 0 could not tell")));
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(command_.Written(), IsEmpty());
  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(AuditTest, SomethingUnsignedIsOneWithItsReason) {
  DeploySigned();
  DeployUnsigned();
  const Ended ended = Audit();
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("no-signature (policy release)"), HasSubstr("1 yes, 1 no")));
}

TEST_F(AuditTest, JsonHasItsDocumentedShape) {
  DeployUnsigned();
  const Ended ended = Audit({"--output", "json"});
  ASSERT_EQ(ended.code, 1) << ended.out << ended.err;
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("verdict"), "no");
  EXPECT_EQ(root.FindPath({"summary", "objects"})->integer_value(), 1);
  EXPECT_EQ(root.FindPath({"summary", "no"})->integer_value(), 1);
  EXPECT_THAT(root.Find("gaps")->list(), IsEmpty());
  const Node& result = root.Find("results")->list().at(0);
  EXPECT_EQ(result.StringOr("apiVersion"), "apps/v1");
  EXPECT_EQ(result.StringOr("kind"), "Deployment");
  EXPECT_EQ(result.StringOr("namespace"), "shop");
  EXPECT_EQ(result.StringOr("name"), "unsigned");
  EXPECT_EQ(result.StringOr("what"), "image");
  EXPECT_EQ(result.StringOr("verdict"), "no");
  EXPECT_THAT(std::string(result.StringOr("digest")), StartsWith("sha256:"));
  EXPECT_FALSE(result.Find("running")->bool_value());
  const Node& ruling = result.Find("rulings")->list().at(0);
  EXPECT_EQ(ruling.StringOr("policy"), "release");
  EXPECT_EQ(ruling.StringOr("mode"), "enforce");
  EXPECT_EQ(ruling.StringOr("reason"), "no-signature");
}

TEST_F(AuditTest, AnotherNamespaceIsNotLookedAt) {
  DeploySigned();
  Deploy("unsigned", images_.Ref(images_.PutUnsigned("unsigned")), "other");
  EXPECT_EQ(Audit({"-n", "shop"}).code, 0);
  EXPECT_EQ(Audit({"-n", "other"}).code, 1);
}

TEST_F(AuditTest, PoliciesOfTheClusterAreUsedWithoutAFile) {
  DeployUnsigned();
  api_.Put(
      "verificationpolicies",
      Cat(R"({"metadata":{"name":"in-cluster"},"spec":{"match":{"images":["**"]},"authorities":[{"keyless":)",
          R"({"identities":[{"issuer":"https://x.test","subject":"https://x.test/y"}]}}]},"status":{}})"));
  const Ended ended = command_.Run(Words({"-o", "json"}, false));
  ASSERT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_EQ(ended.Json().Find("results")->list().at(0).Find("rulings")->list().at(0).StringOr("policy"),
            "in-cluster");
}

TEST_F(AuditTest, WithoutAnyPolicyItCouldNotTell) {
  DeploySigned();
  const Ended ended = command_.Run(Words({}, false));
  EXPECT_EQ(ended.code, 3) << ended.out;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("no VerificationPolicy"), HasSubstr("--policy")));
}

TEST_F(AuditTest, APolicyOfTheClusterThatCannotBeReadIsAnErrorThatNamesIt) {
  DeploySigned();
  api_.Put("verificationpolicies", R"({"metadata":{"name":"broken"},"spec":{"match":{}}})");
  const Ended ended = command_.Run(Words({}, false));
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("VerificationPolicy broken"), HasSubstr("policy-malformed")));
}

TEST_F(AuditTest, WhatMayNotBeReadIsThreeAndIsNamed) {
  DeploySigned();
  api_.Refuse("/api/v1/pods", 403);
  const Ended ended = Audit();
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("could not read v1 pods"), HasSubstr("kubernetes-unavailable")));
}

TEST_F(AuditTest, ARegistryThatRefusesIsThree) {
  DeploySigned();
  images_.registry().AddFault({.times = -1, .respond = sandbox::HttpResponse{.status = 403}});
  const Ended ended = Audit();
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("could-not-tell"), HasSubstr("registry-unauthorized")));
  EXPECT_THAT(Audit({"-o", "json"}).out,
              AllOf(HasSubstr("--registry-config"), Not(HasSubstr("--password-stdin"))));
}

TEST_F(AuditTest, AClusterThatCannotBeReachedIsThree) {
  const Ended ended = Audit({"--context", "away"});
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("kubernetes-unavailable"));
  EXPECT_THAT(ended.err, Not(HasSubstr("secret-token")));
}

TEST_F(AuditTest, NoMatchAllowSkipsWhatNoPolicyCovers) {
  Deploy("stranger", "registry.test/x/y:1");
  EXPECT_EQ(Audit().code, 1);
  const Ended ended = Audit({"--no-match", "allow", "-o", "json"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_EQ(ended.Json().Find("results")->list().at(0).StringOr("verdict"), "skipped");
}

TEST_F(AuditTest, ShadowShowsWhatAPolicyThatWarnsWouldDeny) {
  DeploySigned();
  DeployUnsigned();
  Deploy("other", images_.Ref(images_.PutSignedByOther("other")));
  command_.File("policy.yaml", images_.PolicyYaml("release", "  mode: warn\n"));
  const Ended ended = Audit({"--shadow"});
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("policy release would deny 1: no-signature"),
                               HasSubstr("policy release would deny 1: identity-mismatch"),
                               HasSubstr("shop/unsigned"), Not(HasSubstr("shop/signed"))));
}

TEST_F(AuditTest, ShadowInJsonGroupsByPolicyAndReason) {
  DeployUnsigned();
  const Ended ended = Audit({"--shadow", "-o", "json"});
  ASSERT_EQ(ended.code, 1) << ended.out << ended.err;
  const Node root = ended.Json();
  EXPECT_EQ(root.StringOr("verdict"), "no");
  const Node& group = root.Find("wouldDeny")->list().at(0);
  EXPECT_EQ(group.StringOr("policy"), "release");
  EXPECT_EQ(group.StringOr("reason"), "no-signature");
  EXPECT_FALSE(group.Find("couldNotTell")->bool_value());
  EXPECT_EQ(group.Find("denied")->list().at(0).StringOr("name"), "unsigned");
}

TEST_F(AuditTest, ShadowOfWhatIsAllSignedIsZero) {
  DeploySigned();
  const Ended ended = Audit({"--shadow"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("nothing would be denied"));
}

TEST_F(AuditTest, ShadowTellsWhatCouldNotBeReadFromWhatIsFine) {
  DeploySigned();
  api_.Refuse("/api/v1/pods", 403);
  const Ended gap = Audit({"--shadow"});
  EXPECT_EQ(gap.code, 3) << gap.out << gap.err;
  EXPECT_THAT(gap.out,
              AllOf(HasSubstr("could not read v1 pods"), HasSubstr("nothing of what could be read would")));
  Deploy("web", "::");
  const Ended malformed = Audit({"--shadow"});
  EXPECT_EQ(malformed.code, 3) << malformed.out << malformed.err;
  EXPECT_THAT(malformed.out, AllOf(HasSubstr("any policy would deny 1: could not tell, reference-malformed"),
                                   Not(HasSubstr("noMatch"))));
}

TEST_F(AuditTest, PolicyReportsAreShownAndWrittenOnlyWhenAskedFor) {
  DeploySigned();
  DeployUnsigned();
  const Ended shown = Audit({"--output", "policyreport"});
  ASSERT_EQ(shown.code, 1) << shown.out << shown.err;
  const Node list = shown.Json();
  EXPECT_EQ(list.StringOr("kind"), "List");
  EXPECT_EQ(list.Find("items")->list().at(0).StringOr("kind"), "PolicyReport");
  EXPECT_THAT(api_.writes(), IsEmpty());

  const Ended written = Audit({"--write-reports"});
  ASSERT_EQ(written.code, 1) << written.out << written.err;
  EXPECT_THAT(written.err, HasSubstr("reports written: 1"));
  const Node report =
      api_.Get("/apis/wgpolicyk8s.io/v1alpha2/namespaces/shop/policyreports/chartseal-audit-1");
  ASSERT_FALSE(report.is_null());
  EXPECT_EQ(report.FindPath({"summary", "pass"})->integer_value(), 1);
  EXPECT_EQ(report.FindPath({"summary", "fail"})->integer_value(), 1);
  EXPECT_THAT(api_.writes(), Each(HasSubstr("policyreports")));
}

TEST_F(AuditTest, ReportsThatCannotBeWrittenAreThree) {
  DeploySigned();
  api_.Refuse("/apis/wgpolicyk8s.io", 403);
  const Ended ended = Audit({"--write-reports"});
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("report-failed"));
}

TEST_F(AuditTest, ANoStaysOneWhenReportsCannotBeWritten) {
  DeployUnsigned();
  api_.Refuse("/apis/wgpolicyk8s.io", 403);
  const Ended ended = Audit({"--write-reports"});
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("report-failed"));
}

TEST_F(AuditTest, JsonStaysOneDocumentWhenReportsCannotBeWritten) {
  DeploySigned();
  api_.Refuse("/apis/wgpolicyk8s.io", 403);
  const Ended ended = Audit({"--write-reports", "-o", "json"});
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_EQ(ended.Json().StringOr("verdict"), "yes");
  EXPECT_THAT(ended.err, HasSubstr("report-failed"));
}

TEST_F(AuditTest, WhoInterruptsTheWritingOfReportsIsToldHowFarItCame) {
  const crypto::Digest image = images_.PutSigned("signed");
  for (const char* name : {"shop", "other", "third"}) Deploy("web", images_.Ref(image), name);
  std::atomic<pid_t> program = 0;
  api_.OnWrite([&] {
    program.wait(0);
    kill(program, SIGINT);
  });
  const pid_t pid = command_.Start(Words({"--write-reports"}));
  program = pid;
  program.notify_all();
  const Ended ended = command_.Wait(pid);
  EXPECT_EQ(ended.code, 3) << ended.signal << ended.out << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("interrupted before"), HasSubstr("reports written by then: 1 of 3"),
                               HasSubstr("[report-failed]")));
  EXPECT_THAT(api_.writes(), SizeIs(1));
}

TEST_F(AuditTest, ANamespaceThatDoesNotExistIsThreeAndIsNamed) {
  DeploySigned();
  const Ended ended = Audit({"-n", "shopp"});
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("no namespace shopp"), HasSubstr("[not-found]")));
  EXPECT_EQ(Audit({"-n", "shopp", "-o", "json"}).Json().StringOr("verdict"), "could-not-tell");
}

TEST_F(AuditTest, ANamespaceThatMayNotBeReadIsAuditedAllTheSame) {
  DeployUnsigned();
  api_.Refuse("/api/v1/namespaces/shop", 403);
  EXPECT_EQ(Audit({"-n", "shop"}).code, 1);
}

TEST_F(AuditTest, ContradictionsAreUsageErrors) {
  EXPECT_EQ(Audit({"--shadow", "--write-reports"}).code, 2);
  EXPECT_EQ(Audit({"--shadow", "-o", "policyreport"}).code, 2);
  EXPECT_EQ(Audit({"--timeout", "soon", "--context", "away"}).code, 2) << "before anything is asked";
  EXPECT_EQ(Audit({"-n", "../../secrets"}).code, 2);
  EXPECT_EQ(Audit({"--output", "yaml"}).code, 2);
  EXPECT_EQ(Audit({"--no-match", "maybe"}).code, 2);
}

TEST_F(AuditTest, WhatAClusterHoldsCannotSteerTheTerminal) {
  Deploy("web", "\\u001b[2Jevil");
  const Ended ended = Audit();
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("reference-malformed"), Not(HasSubstr("\x1b"))));
}

TEST_F(AuditTest, ProgressIsForTerminals) {
  DeploySigned();
  const Ended ended = command_.RunOnTerminal(Words({}));
  EXPECT_EQ(ended.code, 0) << ended.out;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("reading apps/v1 deployments"), HasSubstr("images: 1 of 1")));
}

}  // namespace
}  // namespace chartseal::cli
