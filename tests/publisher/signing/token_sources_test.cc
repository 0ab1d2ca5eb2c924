#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <mutex>

#include "publisher/signing/identity_token.h"
#include "tests/base/why.h"
#include "tests/publisher/signing/test_token.h"
#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/temporary_directory.h"

namespace chartseal::publisher {
namespace {

using nlohmann::json;
using sandbox::MakeResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const absl::Time kNow = absl::Now();
constexpr char kRequestToken[] = "request-token-that-is-secret";

// All providers on one loopback server; what it was sent is kept.
class TokenSourcesTest : public testing::Test {
 protected:
  TokenSourcesTest() {
    sources_.environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
    sources_.http = net::MakeHttpClient().value();
    sources_.sleeper = [this](absl::Duration wait) { waits_.push_back(wait); };
    sources_.token_file = directory_.path() + "/oidc-token";
    sources_.machine_file = directory_.path() + "/product_name";
    sources_.metadata_url = server_->url();
  }

  sandbox::HttpResponse Handle(const sandbox::HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    bodies_.push_back(request.body);
    if (request.path == "/actions")
      return MakeResponse(200, "application/json", json{{"value", token_}}.dump());
    if (request.path == "/v3/jobs/job-1/oidc/tokens") {
      return MakeResponse(200, "application/json", json{{"token", token_}}.dump());
    }
    if (request.path == kIdentity) {
      sandbox::HttpResponse response = MakeResponse(200, "text/html", token_);
      response.SetHeader("Metadata-Flavor", "Google");
      return response;
    }
    return MakeResponse(404, "text/plain", "no such page");
  }

  std::string Subject(std::string subject) { return TokenWith(kNow, {{"sub", std::move(subject)}}); }
  // The token's subject, or why there is none.
  std::string Obtained() {
    const auto token = ObtainToken(sources_, absl::Now() + absl::Seconds(20));
    if (token.ok()) return token->subject();
    const std::string why = Why(token);
    EXPECT_THAT(why, Not(HasSubstr(kRequestToken)));
    EXPECT_THAT(why, Not(HasSubstr("eyJ")));
    return why;
  }
  void Write(const std::string& path, const std::string& content) { std::ofstream(path) << content; }
  void OnGithub() {
    environment_["ACTIONS_ID_TOKEN_REQUEST_URL"] = server_->url() + "/actions?api-version=2.0";
    environment_["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = kRequestToken;
  }
  void OnBuildkite() {
    environment_["BUILDKITE_AGENT_ACCESS_TOKEN"] = kRequestToken;
    environment_["BUILDKITE_JOB_ID"] = "job-1";
    environment_["BUILDKITE_AGENT_ENDPOINT"] = server_->url() + "/v3";
  }
  void Fail(sandbox::HttpResponse response, int times) {
    sandbox::Fault fault;
    fault.times = times;
    fault.respond = std::move(response);
    server_->faults().Add(std::move(fault));
  }

  static constexpr char kIdentity[] = "/computeMetadata/v1/instance/service-accounts/default/identity";
  std::mutex mutex_;
  std::vector<std::string> bodies_;
  std::string token_ = Subject("from the server");
  std::map<std::string, std::string> environment_;
  std::vector<absl::Duration> waits_;
  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("token").value();
  TokenSources sources_;
  std::unique_ptr<sandbox::LoopbackServer> server_ =
      sandbox::LoopbackServer::Start({}, [this](const sandbox::HttpRequest& r) { return Handle(r); }).value();
};

TEST_F(TokenSourcesTest, WithoutAnySourceAllAreListed) {
  const auto token = ObtainToken(sources_, absl::InfiniteFuture());
  EXPECT_EQ(token.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(
      Why(token),
      "identity-token-missing: no identity token to sign with. Looked for, in this order: --identity-token; "
      "a Buildkite job; the variable SIGSTORE_ID_TOKEN; the file " +
          sources_.token_file +
          "; a GitHub Actions job with 'permissions: id-token: write'; the metadata server of a machine on "
          "GCP. Or sign with a key (--key)");
  EXPECT_EQ(server_->log().size(), 0u);
}

TEST_F(TokenSourcesTest, AGithubJobWithoutThePermissionIsToldSoFirst) {
  environment_["GITHUB_ACTIONS"] = "true";
  EXPECT_THAT(Obtained(),
              HasSubstr("to sign with: this GitHub Actions job needs 'permissions: id-token: write'."));
}

TEST_F(TokenSourcesTest, EachSourceGoesBeforeTheNext) {
  environment_["GCE_METADATA_HOST"] = server_->host();
  OnGithub();
  EXPECT_EQ(Obtained(), "from the server");
  EXPECT_EQ(server_->log().Count("", "/actions"), 1u);
  Write(sources_.token_file, Subject("from the file") + "\n");
  EXPECT_EQ(Obtained(), "from the file");
  environment_["SIGSTORE_ID_TOKEN"] = Subject("from the variable");
  EXPECT_EQ(Obtained(), "from the variable");
  OnBuildkite();
  EXPECT_EQ(Obtained(), "from the server");
  EXPECT_EQ(server_->log().Count("POST", "/v3/*"), 1u);
  sources_.given = Subject("given");
  EXPECT_EQ(Obtained(), "given");
  EXPECT_EQ(server_->log().size(), 2u);
}

TEST_F(TokenSourcesTest, TheGivenTokenMayStandInAFile) {
  sources_.given = directory_.path() + "/mine";
  Write(sources_.given, Subject("in a file"));
  EXPECT_EQ(Obtained(), "in a file");
}

TEST_F(TokenSourcesTest, AGivenTokenThatIsNeitherIsNotShown) {
  sources_.given = directory_.path() + "/not-there";
  EXPECT_EQ(Obtained(),
            "identity-token-unusable: the given identity token: neither a JWT nor a file that holds one: "
            "there is no "
            "such file");
  sources_.given = "opaque-secret-0123456789";
  EXPECT_THAT(Obtained(), Not(HasSubstr("opaque-secret")));
  sources_.given = "opaque.secret.0123456789!";
  EXPECT_THAT(
      Obtained(),
      testing::AllOf(StartsWith("identity-token-unusable: --identity-token: identity token: not a JWT"),
                     Not(HasSubstr("0123456789"))));
}

TEST_F(TokenSourcesTest, ASourceThatIsThereAndFailsIsNoReasonToTryTheNext) {
  environment_["SIGSTORE_ID_TOKEN"] = TokenWith(kNow, {{"aud", "other"}});
  OnGithub();
  EXPECT_THAT(Obtained(),
              StartsWith("identity-token-unusable: SIGSTORE_ID_TOKEN: identity token: its audience is "
                         "'other'"));
  EXPECT_EQ(server_->log().size(), 0u);
}

TEST_F(TokenSourcesTest, ATokenFileThatCannotBeReadIsAnError) {
  sources_.token_file = directory_.path();  // a directory
  EXPECT_THAT(Obtained(), StartsWith("identity-token-provider-failed: cannot read " + directory_.path()));
}

TEST_F(TokenSourcesTest, GithubIsAskedForTheAudience) {
  OnGithub();
  EXPECT_EQ(Obtained(), "from the server");
  const sandbox::RequestRecord asked = server_->log().Records().at(0);
  EXPECT_EQ(asked.target, "/actions?api-version=2.0&audience=sigstore");
  EXPECT_EQ(asked.headers.find("authorization")->second, std::string("bearer ") + kRequestToken);
}

TEST_F(TokenSourcesTest, GithubIsAskedThreeTimesASecondApart) {
  OnGithub();
  Fail(MakeResponse(500, "text/plain", "oops"), 2);
  EXPECT_EQ(Obtained(), "from the server");
  EXPECT_THAT(waits_, ElementsAre(absl::Seconds(1), absl::Seconds(1)));
  Fail(MakeResponse(503, "application/json", "{\"message\":\"down for now\"}"), -1);
  server_->log().Clear();
  EXPECT_THAT(Obtained(),
              testing::AllOf(StartsWith("identity-token-provider-failed: GitHub Actions " + server_->url() +
                                        "/actions?... answered 503: down for now"),
                             HasSubstr("id-token: write")));
  EXPECT_EQ(server_->log().size(), 3u);
}

TEST_F(TokenSourcesTest, GithubsRefusalIsFinalAndItsWordsHoldNoSecret) {
  OnGithub();
  Fail(MakeResponse(401, "text/plain", std::string("bad token '") + kRequestToken + "'"), -1);
  EXPECT_THAT(Obtained(), HasSubstr("answered 401: bad token '[redacted]'"));
  EXPECT_EQ(server_->log().size(), 1u);
}

TEST_F(TokenSourcesTest, AnswersOfGithubWithoutATokenAreRefused) {
  OnGithub();
  for (const char* body :
       {"eyJhbGciOiJSUzI1NiJ9", "[]", "{\"value\":\"\"}", "{\"token\":\"eyJhbGciOiJSUzI1NiJ9\"}"}) {
    server_->faults().Clear();
    Fail(MakeResponse(200, "application/json", body), -1);
    EXPECT_THAT(Obtained(), testing::AnyOf(HasSubstr("its answer is no JSON object"),
                                           HasSubstr("its answer has no \"value\"")))
        << body;
  }
}

TEST_F(TokenSourcesTest, GithubsRequestTokenIsNotSentInTheClear) {
  OnGithub();
  environment_["ACTIONS_ID_TOKEN_REQUEST_URL"] = "http://actions.example/token?a=b";
  EXPECT_EQ(
      Obtained(),
      "identity-token-provider-failed: GitHub Actions http://actions.example/token?...: the URL is neither "
      "https nor on this machine, and a secret would be sent to it");
}

TEST_F(TokenSourcesTest, GithubsRedirectIsNotFollowed) {
  OnGithub();
  sandbox::HttpResponse redirect = MakeResponse(302, "text/plain", "");
  redirect.SetHeader("Location", server_->url() + "/elsewhere");
  Fail(redirect, -1);
  EXPECT_THAT(Obtained(), HasSubstr("answered 302"));
  EXPECT_EQ(server_->log().Count("", "/elsewhere"), 0u);
}

TEST_F(TokenSourcesTest, BuildkiteIsAskedWithTheJobsToken) {
  OnBuildkite();
  EXPECT_EQ(Obtained(), "from the server");
  EXPECT_EQ(server_->log().Records().at(0).headers.find("authorization")->second,
            std::string("Token ") + kRequestToken);
  EXPECT_THAT(bodies_, ElementsAre("{\"audience\":\"sigstore\"}"));
}

TEST_F(TokenSourcesTest, BuildkitesAccessTokenIsNotSentInTheClear) {
  OnBuildkite();
  environment_["BUILDKITE_AGENT_ENDPOINT"] = "http://agent.example/v3";
  EXPECT_THAT(Obtained(), HasSubstr("the URL is neither https nor on this machine"));
}

TEST_F(TokenSourcesTest, BuildkitesRefusalIsAnError) {
  OnBuildkite();
  Fail(MakeResponse(403, "application/json", "{\"message\":\"no\"}"), -1);
  EXPECT_THAT(Obtained(), testing::AllOf(StartsWith("identity-token-provider-failed: Buildkite's agent API "),
                                         HasSubstr("answered 403: no (may this job have OIDC tokens?)")));
}

TEST_F(TokenSourcesTest, AMachineOnGoogleCloudAsksItsMetadataServer) {
  Write(sources_.machine_file, "Google Compute Engine\n");
  EXPECT_EQ(Obtained(), "from the server");
  const sandbox::RequestRecord asked = server_->log().Records().at(0);
  EXPECT_EQ(asked.target, std::string(kIdentity) + "?audience=sigstore&format=full");
  EXPECT_EQ(asked.headers.find("metadata-flavor")->second, "Google");
}

TEST_F(TokenSourcesTest, AnotherMachineIsNotAsked) {
  Write(sources_.machine_file, "Standard PC\n");
  EXPECT_THAT(Obtained(), StartsWith("identity-token-missing"));
  EXPECT_EQ(server_->log().size(), 0u);
}

TEST_F(TokenSourcesTest, WhatAnswersWithoutGooglesHeaderIsNoMetadataServer) {
  environment_["GCE_METADATA_HOST"] = server_->host();
  Fail(MakeResponse(200, "text/plain", token_), -1);
  EXPECT_THAT(Obtained(), HasSubstr("what answered is no metadata server (no 'Metadata-Flavor: Google')"));
}

TEST_F(TokenSourcesTest, ATokenThatTheServerMadeForAnotherAudienceIsRefused) {
  OnGithub();
  token_ = TokenWith(kNow, {{"aud", "https://github.com/acme"}});
  EXPECT_THAT(Obtained(),
              StartsWith("identity-token-unusable: GitHub Actions: identity token: its audience is"));
}

TEST_F(TokenSourcesTest, AHangingProviderEndsWithTheDeadline) {
  OnGithub();
  sandbox::Fault fault;
  fault.times = -1;
  fault.delay = absl::Seconds(3);
  server_->faults().Add(std::move(fault));
  const auto token = ObtainToken(sources_, absl::Now() + absl::Milliseconds(300));
  EXPECT_EQ(token.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(Why(token), StartsWith("identity-token-provider-failed: GitHub Actions "));
}

}  // namespace
}  // namespace chartseal::publisher
