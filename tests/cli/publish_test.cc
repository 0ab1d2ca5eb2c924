#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/cli/release_world.h"
#include "tests/sandbox/keys.h"

namespace chartseal::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kName[] = "acme/charts/app";

class PublishCommandTest : public ReleaseWorld {
 protected:
  Ended Run(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = Publishing("acme/charts", "v9.9");
    words.insert(words.end(), more.begin(), more.end());
    return command_.Run(words);
  }
  std::string Digest() { return registry_->store().Resolve(kName, "1.2.3").value_or("no tag"); }
  std::string Reference() { return Cat(Repository("acme/charts"), ":1.2.3@", Digest()); }

  // "package done", "push failed", …
  static std::vector<std::string> Outcomes(const Ended& ended) {
    const Node json = ended.Json();
    std::vector<std::string> out;
    for (const Node& step : json.Find("steps")->list()) {
      out.push_back(Cat(step.StringOr("name"), " ", step.StringOr("outcome")));
    }
    return out;
  }
  // Of everybody together.
  size_t Requests() {
    size_t count = registry_->log().size() + github_->api().log().size();
    for (sandbox::LoopbackServer* server : Services()) count += server->log().size();
    return count;
  }

  const int64_t release_ = github_->AddRelease("acme/app", "v9.9");
};

TEST_F(PublishCommandTest, TextNamesTheReferenceAndEachStep) {
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, StartsWith("PUBLISHED  " + Reference() + "\n  package   done       app-1.2.3.tgz "));
  for (const std::string step : {"push", "sign", "attest", "verify", "mirror"}) {
    EXPECT_THAT(ended.out, HasSubstr("\n  " + step));
  }
  EXPECT_THAT(ended.out, HasSubstr(kIdentity));
  EXPECT_THAT(ended.out, HasSubstr("https://github.com/acme/app/releases/tag/v9.9"));
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(command_.Written(), IsEmpty());
}

TEST_F(PublishCommandTest, JsonNamesWhatLaterStepsNeed) {
  const Ended ended = Run({"--output", "json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const Node json = ended.Json();
  EXPECT_EQ(json.StringOr("verdict"), "yes");
  EXPECT_EQ(json.StringOr("file"), "app-1.2.3.tgz");
  EXPECT_EQ(json.StringOr("archiveDigest"), sandbox::ContentDigest(github_->AssetsOf(release_).at(0).bytes));
  EXPECT_EQ(json.StringOr("ref"), Reference());
  EXPECT_EQ(json.StringOr("digest"), Digest());
  EXPECT_EQ(json.StringOr("tag"), "1.2.3");
  EXPECT_EQ(json.StringOr("identity"), kIdentity);
  EXPECT_EQ(json.StringOr("issuer"), services_->urls().oidc);
  EXPECT_EQ(json.StringOr("contentFingerprint").size(), 64u);
  EXPECT_EQ(json.StringOr("release"), "https://github.com/acme/app/releases/tag/v9.9");
  EXPECT_THAT(Outcomes(ended), ElementsAre("package done", "push done", "sign done", "attest done",
                                           "verify done", "mirror done"));
}

TEST_F(PublishCommandTest, LaterStepsOfAJobGetOutputsAndAPersonASummary) {
  command_.File("outputs", "earlier=1\n");
  EXPECT_EQ(Run().code, 0);
  EXPECT_EQ(Content(outputs_), Cat("earlier=1\ndigest=", Digest(), "\nref=", Reference(), "\ntag=1.2.3\n"));
  EXPECT_THAT(Content(summary_),
              AllOf(StartsWith("### Chart published\n\n`" + Reference() + "`\n"),
                    HasSubstr("\n| mirror | done | "), HasSubstr("chartseal verify oci://" + Reference())));
}

TEST_F(PublishCommandTest, OutputsThatCannotBeWrittenAreAnErrorAlthoughAllIsPublished) {
  command_.SetVariable("GITHUB_OUTPUT", "/nonexistent/outputs");
  const Ended ended = Run();
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, StartsWith("PUBLISHED"));
  EXPECT_THAT(ended.err, HasSubstr("/nonexistent/outputs"));
}

TEST_F(PublishCommandTest, WhatIsPublishedIsWhatPackageAndPushMake) {
  ASSERT_EQ(Run().code, 0);
  const std::string out = command_.path("files/dist");
  ASSERT_EQ(command_.Run({"package", chart_, "-d", out}).code, 0);
  EXPECT_EQ(Content(out + "/app-1.2.3.tgz"), github_->AssetsOf(release_).at(0).bytes);
  const Ended pushed =
      command_.Run({"push", out + "/app-1.2.3.tgz", Cat("oci://", registry_->host(), "/other"),
                    "--plain-http", "--output", "json"});
  EXPECT_EQ(pushed.Json().StringOr("digest"), Digest());
}

TEST_F(PublishCommandTest, AKeyPairSignsInsteadOfAWorkflow) {
  const std::string key =
      command_.File("key.pem", sandbox::Key::ForLeaf(sandbox::KeyType::kEcdsaP256).PrivatePem());
  const Ended ended = command_.Run({"publish", chart_, Cat("oci://", registry_->host(), "/acme/charts"),
                                    "--key", key, "--plain-http", "--output", "json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(Outcomes(ended),
              ElementsAre("package done", "push done", "sign done", "attest done", "verify done"));
  EXPECT_EQ(ended.Json().Find("identity"), nullptr);
}

TEST_F(PublishCommandTest, OnATerminalEachStepIsALineThatItsOutcomeReplaces) {
  const Ended ended = command_.RunOnTerminal(Publishing("acme/charts"));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, StartsWith("\r\033[K… package  "));
  for (const std::string step : {"package ", "push    ", "sign    ", "attest  ", "verify  "}) {
    EXPECT_THAT(ended.err, HasSubstr("\r\033[K… " + step));
    EXPECT_THAT(ended.err, HasSubstr("\r\033[K✓ " + step));
  }
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 5);
  const Ended failed = command_.RunOnTerminal(Publishing("acme/charts", "v9.10"));
  EXPECT_THAT(failed.err, HasSubstr("\r\033[K✗ mirror   nothing was pushed yet: "));
}

// -- what fails

struct Failure {
  std::string name;
  std::function<void()> arrange;
  std::string reason;
  int code = 3;
  std::string step;                // that fails; those before it are done, those behind it are not
  std::vector<std::string> words;  // of the message
};

TEST_F(PublishCommandTest, TheStepThatFailsIsNamedAndNothingLaterHappens) {
  const auto refuse = [](sandbox::FaultPlan& plan, const std::string& method, const std::string& path,
                         int status, int skip = 0) {
    return [&plan, method, path, status, skip] {
      plan.Add({.method = method,
                .path_glob = path,
                .skip = skip,
                .times = -1,
                .respond = sandbox::MakeResponse(status, "application/json", R"({"message":"we say no"})")});
    };
  };
  sandbox::FaultPlan& registry = registry_->faults();
  sandbox::FaultPlan& fulcio = services_->fulcio_server().faults();
  sandbox::FaultPlan& rekor = services_->rekor_v1_server().faults();
  sandbox::FaultPlan& tsa = services_->tsa_server().faults();
  sandbox::FaultPlan& github = github_->api().faults();
  const std::vector<Failure> failures = {
      {"bad version",
       [this] { Chart("Chart.yaml", "apiVersion: v2\nname: app\nversion: v1\n"); },
       "chart-version-invalid",
       1,
       "package",
       {"/app/Chart.yaml:3: version: "}},
      {"no write access",
       refuse(registry, "POST", "*/blobs/uploads/", 403),
       "registry-unauthorized",
       3,
       "push",
       {"uploading blob ", "push access"}},
      {"manifest refused",
       refuse(registry, "PUT", "*/manifests/*", 500),
       "registry-error",
       3,
       "push",
       {"pushing manifest "}},
      {"fulcio",
       refuse(fulcio, "POST", "*", 400),
       "fulcio-failed",
       3,
       "sign",
       {"Fulcio " + services_->urls().fulcio, "answered 400: we say no"}},
      {"rekor",
       refuse(rekor, "POST", "*", 403),
       "rekor-failed",
       3,
       "sign",
       {services_->urls().rekor_v1, "answered 403: we say no"}},
      {"tsa",
       refuse(tsa, "POST", "*", 503),
       "timestamp-failed",
       3,
       "sign",
       {services_->urls().tsa, "answered 503"}},
      {"attestation", refuse(fulcio, "POST", "*", 400, 1), "fulcio-failed", 3, "attest", {"answered 400"}},
      {"mirror",
       refuse(github, "POST", "/uploads/*", 403),
       "github-failed",
       3,
       "mirror",
       {"app-1.2.3.tgz", "we say no"}},
  };
  const std::vector<std::string> steps = {"package", "push", "sign", "attest", "verify", "mirror"};
  int number = 0;
  for (const Failure& failure : failures) {
    SCOPED_TRACE(failure.name);
    command_.File("summary", "");
    failure.arrange();
    std::vector<std::string> words = Publishing(Cat("charts-", ++number), "v9.9");
    words.insert(words.end(), {"--output", "json", "--timeout", "10s"});
    const Ended ended = command_.Run(words);
    EXPECT_EQ(ended.code, failure.code);
    EXPECT_EQ(ended.Json().StringOr("verdict"), failure.code == 1 ? "no" : "could-not-tell");
    EXPECT_EQ(ended.Json().StringOr("reason"), failure.reason);
    const auto failed = std::find(steps.begin(), steps.end(), failure.step);
    std::vector<std::string> expected;
    for (auto step = steps.begin(); step != steps.end(); ++step) {
      expected.push_back(*step + (step < failed ? " done" : step == failed ? " failed" : " not done"));
    }
    EXPECT_EQ(Outcomes(ended), expected);
    EXPECT_THAT(ended.err,
                MatchesRegex(Cat("chartseal: ", failure.step, ": [^\n]*\\[", failure.reason, "\\]\n")));
    for (const std::string& word : failure.words) EXPECT_THAT(ended.err, HasSubstr(word));
    EXPECT_EQ(Content(outputs_), "");
    EXPECT_THAT(Content(summary_), AllOf(StartsWith("### Chart not published"),
                                         HasSubstr(Cat("| ", failure.step, " | failed | "))));
    EXPECT_THAT(github_->AssetsOf(release_), IsEmpty());
    EXPECT_THAT(command_.Written(), IsEmpty());
    for (sandbox::FaultPlan* plan : {&registry, &fulcio, &rekor, &tsa, &github}) plan->Clear();
    Chart("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: \"9.9\"\n");
  }
}

TEST_F(PublishCommandTest, ATokenOfNoUseIsSaidBeforeAnybodyIsAsked) {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  const std::vector<std::pair<std::string, std::string>> tokens = {
      {services_->Token({{"aud", "somebody-else"}}), "its audience is 'somebody-else'; expected 'sigstore'"},
      {services_->Token({{"exp", now - 60}}), "it expired at "},
      {services_->Token({{"exp", now + 3}}), "which is too soon to use it"},
      {services_->Token({{"nbf", now + 3600}}), "is the machine's clock right?"},
      {"a.b.c", "not a JWT"},
  };
  for (const auto& [token, told] : tokens) {
    token_ = token;
    const Ended ended = Run();
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, AllOf(StartsWith("chartseal: sign: nothing was pushed yet: --identity-token: "),
                                 HasSubstr(told), HasSubstr("[identity-token-unusable]")));
    EXPECT_THAT(ended.out, HasSubstr("push      not done"));
    EXPECT_EQ(Requests(), 0u) << told;
  }
}

TEST_F(PublishCommandTest, WithoutAnyTokenTheJobsPermissionsAreNamed) {
  command_.SetVariable("GITHUB_ACTIONS", "true");
  const Ended ended = command_.Run({"publish", chart_, Cat("oci://", registry_->host(), "/acme/charts"),
                                    "--signing-config", config_, "--trusted-root", root_, "--plain-http"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("permissions: id-token: write"), HasSubstr("[identity-token-missing]")));
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(PublishCommandTest, AnotherWorkflowThanTheDemandedOneIsADefiniteNoAndNothingIsPushed) {
  const Ended ended = Run({"--certificate-identity-regexp", "https://github.com/acme/app/.*@refs/tags/v9.+",
                           "--certificate-oidc-issuer", services_->urls().oidc});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("nothing was pushed yet"), HasSubstr(kIdentity),
                               HasSubstr("[identity-mismatch]")));
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(PublishCommandTest, AMirrorThatCannotBeIsSaidBeforeAnythingIsPushed) {
  const auto expect = [&](const Ended& ended, const std::string& told) {
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, AllOf(StartsWith("chartseal: mirror: nothing was pushed yet: "), HasSubstr(told),
                                 HasSubstr("[github-failed]")));
    EXPECT_EQ(registry_->log().size(), 0u);
  };
  expect(command_.Run(Publishing("acme/charts", "v9.10")), "there is no release or draft of the tag v9.10");
  command_.SetVariable("GITHUB_TOKEN", "");
  expect(Run(), "GITHUB_TOKEN is not set");
  command_.SetVariable("GITHUB_TOKEN", "ghs_other");
  expect(Run(), "HTTP 401");
}

TEST_F(PublishCommandTest, ATagThatIsTakenIsADefiniteNoUntilItMayBeMoved) {
  ASSERT_EQ(Run().code, 0);
  const std::string before = Digest();
  Chart("values.yaml", "replicas: 2\n");
  const Ended refused = Run();
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("[tag-conflict]"), HasSubstr("--replace-tag")));
  EXPECT_EQ(Digest(), before);
  EXPECT_EQ(Run({"--replace-tag"}).code, 1) << "the asset is another one, too";
  EXPECT_EQ(Run({"--replace-tag", "--replace-assets"}).code, 0);
  EXPECT_NE(Digest(), before);
}

TEST_F(PublishCommandTest, WrongUsageIsExitCode2AndAsksNobody) {
  const std::string parent = Cat("oci://", registry_->host(), "/acme/charts");
  const std::string key = command_.File("key.pem", "x");
  const std::vector<std::vector<std::string>> wrong = {
      {"publish"},
      {"publish", chart_},
      {"publish", chart_, registry_->host() + "/acme/charts"},
      {"publish", chart_, parent, "--github-release", "acme/app"},
      {"publish", chart_, parent, "--github-release", "acme@v1"},
      {"publish", chart_, parent, "--layout", "new"},
      {"publish", chart_, parent, "--key", key, "--identity-token", "x"},
      {"publish", chart_, parent, "--certificate-identity", "x"},
      {"publish", chart_, parent, "--created", "yesterday"},
      {"publish", chart_, parent, "-a", "novalue"},
      {"publish", chart_, parent, "--version", "2.0.0"},
  };
  for (const auto& words : wrong) {
    const Ended ended = command_.Run(words);
    EXPECT_EQ(ended.code, 2) << ::testing::PrintToString(words) << ended.err;
    EXPECT_THAT(ended.out, IsEmpty()) << ended.out;
  }
  EXPECT_EQ(Requests(), 0u);
}

}  // namespace
}  // namespace chartseal::cli
