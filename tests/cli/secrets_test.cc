#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/cli/release_world.h"
#include "tests/sandbox/encoding.h"
#include "tests/sandbox/keys.h"

namespace chartseal::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUser[] = "me";
constexpr char kPassword[] = "opensesame";
constexpr char kRequestToken[] = "request-token-of-the-job";

// A release with every kind of secret in it, at servers that quote what they were sent.
class SecretsTest : public ReleaseWorld {
 protected:
  SecretsTest() {
    StartRegistry(sandbox::AuthOptions::Scheme::kBearer);
    command_.SetVariable("ACTIONS_ID_TOKEN_REQUEST_URL", services_->urls().oidc + "/token?job=1");
    command_.SetVariable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", kRequestToken);
  }

  void StartRegistry(sandbox::AuthOptions::Scheme scheme) {
    registry_ =
        sandbox::Registry::Start({.auth = {.scheme = scheme, .username = kUser, .password = kPassword}})
            .value();
  }

  std::vector<std::pair<std::string, sandbox::LoopbackServer*>> Servers() {
    return {{"OIDC", &services_->oidc_server()},
            {"Fulcio", &services_->fulcio_server()},
            {"Rekor", &services_->rekor_v1_server()},
            {"TSA", &services_->tsa_server()},
            {"GitHub", &github_->api()}};
  }

  // Refuses with what it was told in confidence, in every form in which errors come: at the start, before
  // what is cut off.
  static void Quote(const sandbox::HttpRequest& request, sandbox::HttpResponse& response) {
    const std::string said =
        Cat("refused: Authorization: ", request.Header("authorization").value_or("nobody"));
    const std::string text = nlohmann::json(said).dump();
    response = sandbox::MakeResponse(
        400, "application/json",
        Cat(R"({"code":3,"message":)", text, R"(,"errors":[{"code":"DENIED","message":)", text, "}]}"));
  }

  // Each time to a repository and a release of its own, so that nothing is there.
  Ended Publish() {
    const std::string number = Cat(++published_);
    github_->AddRelease("acme/app", "v" + number);
    std::vector<std::string> words = {"publish",
                                      chart_,
                                      Cat("oci://", registry_->host(), "/charts-", number),
                                      "--trusted-root",
                                      root_,
                                      "--signing-config",
                                      config_,
                                      "--plain-http",
                                      "--username",
                                      kUser,
                                      "--password-stdin",
                                      "--github-release",
                                      "acme/app@v" + number,
                                      "--output",
                                      "json"};
    return command_.Run(words, Cat(kPassword, "\n"));
  }

  // What any server was told in confidence so far, and what of it would be as good as all of it.
  std::set<std::string> Secrets() {
    std::set<std::string> secrets = {kPassword, kRequestToken, sandbox::GithubOptions().token,
                                     sandbox::Base64Encode(Cat(kUser, ":", kPassword))};
    std::vector<sandbox::RequestLog*> logs = {&registry_->log()};
    for (const auto& [name, server] : Servers()) logs.push_back(&server->log());
    for (sandbox::RequestLog* log : logs) {
      for (const sandbox::RequestRecord& record : log->Records()) {
        const auto header = record.headers.find("authorization");
        if (header == record.headers.end()) continue;
        const std::string secret = header->second.substr(header->second.find(' ') + 1);
        secrets.insert(secret);
        // The claims and the signature of a JWT.
        if (secret.find('.') != std::string::npos) {
          secrets.insert(secret.substr(secret.find('.') + 1, 30));
          secrets.insert(secret.substr(secret.rfind('.') + 1, 30));
        }
      }
    }
    return secrets;
  }

  void ExpectNoSecretIn(const Ended& ended) {
    std::string all = Cat(ended.out, ended.err, Content(outputs_), Content(summary_));
    for (const std::string& file : command_.Written()) all += Content(file);
    for (const std::string& secret : Secrets()) EXPECT_THAT(all, Not(HasSubstr(secret)));
  }

  int published_ = 0;
};

TEST_F(SecretsTest, WhatSucceedsShowsNone) {
  const Ended ended = Publish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_GE(Secrets().size(), 8u) << "each server was told one";
  ExpectNoSecretIn(ended);
}

TEST_F(SecretsTest, ServersThatQuoteWhatTheyWereSentAreNotQuoted) {
  for (const auto& [name, server] : Servers()) {
    for (int skip = 0; skip < 3; ++skip) {
      SCOPED_TRACE(Cat(name, ", request ", skip + 1));
      server->faults().Add({.skip = skip, .times = -1, .rewrite = Quote});
      const Ended ended = Publish();
      EXPECT_EQ(ended.code, 3) << ended.out;
      EXPECT_THAT(ended.err, HasSubstr("refused:"));
      ExpectNoSecretIn(ended);
      server->faults().Clear();
    }
  }
}

TEST_F(SecretsTest, NeitherAreRegistries) {
  for (const auto scheme : {sandbox::AuthOptions::Scheme::kBasic, sandbox::AuthOptions::Scheme::kBearer}) {
    for (const char* path : {"/token", "*/manifests/*", "*/blobs/*"}) {
      StartRegistry(scheme);
      if (scheme == sandbox::AuthOptions::Scheme::kBasic && path == std::string("/token")) continue;
      SCOPED_TRACE(path);
      // The request that comes without credentials is answered as ever.
      registry_->AddFault(
          {.path_glob = path, .times = -1, .rewrite = [](const auto& request, auto& response) {
             if (request.Header("authorization").has_value()) Quote(request, response);
           }});
      const Ended ended = Publish();
      EXPECT_EQ(ended.code, 3) << ended.out;
      ExpectNoSecretIn(ended);
    }
  }
}

// -- tokens and keys on the way in

TEST_F(SecretsTest, ATokenIsNotShownHoweverItIsMangled) {
  const std::string secret = token_.substr(token_.rfind('.') + 1);
  const std::vector<std::string> mangled = {
      token_.substr(1),       token_ + "x", token_.substr(0, 300),   "\"" + token_ + "\"", "Bearer " + token_,
      token_ + "\n" + token_, secret,       "x" + token_.substr(40), token_ + ".more"};
  for (const std::string& text : mangled) {
    for (const bool as_file : {true, false}) {
      token_ = text;
      std::vector<std::string> words = Publishing("charts");
      if (!as_file) {
        words = {"publish",
                 chart_,
                 Cat("oci://", registry_->host(), "/charts"),
                 "--signing-config",
                 config_,
                 "--trusted-root",
                 root_,
                 "--plain-http",
                 "--identity-token",
                 text};
      }
      const Ended ended = command_.Run(words);
      EXPECT_NE(ended.code, 0) << text;
      const std::string shown = ended.out + ended.err;
      for (size_t at = 0; at + 24 <= text.size(); at += 24) {
        EXPECT_THAT(shown, Not(HasSubstr(text.substr(at, 24)))) << text;
      }
    }
  }
}

TEST_F(SecretsTest, NeitherAKeyNorItsPassPhraseIsShown) {
  const std::string pem = sandbox::Key::ForLeaf(sandbox::KeyType::kEcdsaP256).PrivatePem();
  const std::string body = pem.substr(pem.find('\n') + 1, 60);
  command_.SetVariable("SIGNING_KEY", pem);
  command_.SetVariable("BROKEN_KEY",
                       "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
  command_.SetVariable("COSIGN_PASSWORD", "pass-phrase-of-the-key");
  StartRegistry(sandbox::AuthOptions::Scheme::kNone);
  for (const auto& [key, code] : std::vector<std::pair<std::string, int>>{
           {"env://SIGNING_KEY", 0}, {"env://BROKEN_KEY", 3}, {pem, 3}}) {
    const Ended ended = command_.Run({"publish", chart_, Cat("oci://", registry_->host(), "/charts"), "--key",
                                      key, "--plain-http", "--output", "json"});
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_THAT(ended.out + ended.err + Content(summary_), Not(HasSubstr(body.substr(0, 24))));
    EXPECT_THAT(ended.out + ended.err + Content(summary_), Not(HasSubstr("pass-phrase-of-the-key")));
  }
}

}  // namespace
}  // namespace chartseal::cli
