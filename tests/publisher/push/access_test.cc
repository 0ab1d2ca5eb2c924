#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publisher/push/write_step.h"
#include "tests/oci/scripted_http.h"
#include "tests/publisher/push/writer_fixture.h"
#include "tests/sandbox/token_service.h"
#include "verifier/oci/credentials.h"

namespace chartseal::publisher {
namespace {

using sandbox::AuthOptions;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

// With anonymous reading, as public repositories have it.
AuthOptions Bearer() {
  return {
      .scheme = AuthOptions::Scheme::kBearer, .username = "me", .password = "secret", .anonymous_pull = true};
}

RegistryWriter WriterAs(const sandbox::Registry& registry, const std::string& password) {
  oci::RegistryOptions options = TestOptions();
  options.credentials = oci::FixedCredential(
      registry.host(), oci::Credential{.username = "me", .password = oci::Secret(password)},
      oci::AnonymousCredentials());
  return MakeWriter(options);
}

TEST(AccessTest, OneTokenIsEnoughForAllOfAPush) {
  auto registry = StartRegistry({.auth = Bearer()});
  RegistryWriter writer = WriterAs(*registry, "secret");
  const std::string manifest = ManifestJson("a", sandbox::ContentDigest("subject"));
  ASSERT_TRUE(writer.PushBlob(Repo(*registry), "{}", "x", Soon()).ok());
  ASSERT_TRUE(writer.Attach(Repo(*registry), manifest, oci::kOciManifest, Soon()).ok());
  ASSERT_TRUE(writer.PushTag(Repo(*registry), "1", manifest, oci::kOciManifest, false, Soon()).ok());
  EXPECT_EQ(registry->log().Count("", "/token"), 1u);
  EXPECT_THAT(registry->log().Records()[1].target, HasSubstr("pull%2Cpush"));
}

TEST(AccessTest, ParallelUploadsShareOneToken) {
  auto registry = StartRegistry({.auth = Bearer()});
  RegistryWriter writer = WriterAs(*registry, "secret");
  const std::vector<Content> blobs = {{"a", "x"}, {"b", "x"}, {"c", "x"}, {"d", "x"}};
  ASSERT_TRUE(writer.PushBlobs(Repo(*registry), blobs, Soon()).ok());
  EXPECT_EQ(registry->log().Count("", "/token"), 1u);
  for (const Content& blob : blobs) {
    EXPECT_NE(registry->store().FindBlob("org/app", sandbox::ContentDigest(std::string(blob.bytes))),
              nullptr);
  }
}

TEST(AccessTest, NewContentIsUploadedUnasked) {
  auto registry = StartRegistry();
  const std::vector<Content> blobs = {{"a", "x", /*is_new=*/true}, {"b", "x"}};
  ASSERT_TRUE(MakeWriter().PushBlobs(Repo(*registry), blobs, Soon()).ok());
  EXPECT_EQ(registry->log().Count("HEAD", "*" + sandbox::ContentDigest("a")), 0u);
  EXPECT_EQ(registry->log().Count("HEAD", "*" + sandbox::ContentDigest("b")), 1u);
  EXPECT_NE(registry->store().FindBlob("org/app", sandbox::ContentDigest("a")), nullptr);
}

TEST(AccessTest, OfSeveralBlobsTheOneThatFailsIsNamed) {
  auto registry = StartRegistry();
  registry->AddFault({.method = "HEAD",
                      .path_glob = "*" + sandbox::ContentDigest("b"),
                      .times = -1,
                      .respond = sandbox::StatusAnswer(401)});
  const std::vector<Content> blobs = {{"a", "x"}, {"b", "x"}, {"c", "x"}};
  const absl::Status failed = MakeWriter().PushBlobs(Repo(*registry), blobs, Soon());
  EXPECT_THAT(Message(failed), HasSubstr("uploading blob " + sandbox::ContentDigest("b")));
}

TEST(AccessTest, NobodyWritesAnonymously) {
  auto registry = StartRegistry({.auth = Bearer()});
  const auto refused = MakeWriter().PushBlob(Repo(*registry), "hello", "x", Soon());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kUnauthorized);
  EXPECT_THAT(Message(refused.status()),
              AllOf(HasSubstr("uploading blob sha256:"), HasSubstr("log in with helm")));
  EXPECT_EQ(registry->log().Count("PUT", "*"), 0u);
}

TEST(AccessTest, CredentialsThatAreTurnedDownDoNotBecomeAnonymousOnes) {
  auto registry = StartRegistry({.auth = Bearer()});
  const auto refused = WriterAs(*registry, "wrong").PushBlob(Repo(*registry), "hello", "x", Soon());
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kUnauthorized);
  EXPECT_THAT(Message(refused.status()), AllOf(HasSubstr("uploading blob sha256:"), Not(HasSubstr("wrong"))));
  EXPECT_EQ(Writes(*registry), 0u);
}

TEST(AccessTest, ATokenThatEndsMidwayIsReplacedAndTheBodySentAgain) {
  AuthOptions auth = Bearer();
  auth.requests_per_token = 2;
  auto registry = StartRegistry({.auth = auth});
  RegistryWriter writer = WriterAs(*registry, "secret");
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", "x", Soon());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_EQ(*registry->store().FindBlob("org/app", sandbox::ContentDigest("hello")), "hello");
}

TEST(AccessTest, AHeadThatMayNotBeAskedDoesNotHideTheRegistrysWords) {
  auto registry = StartRegistry();
  const sandbox::HttpResponse denied = {
      .status = 403, .body = R"({"errors":[{"code":"DENIED","message":"requested access is denied"}]})"};
  registry->AddFault({.times = -1, .respond = denied});
  const auto refused = MakeWriter().PushBlob(Repo(*registry), "hello", "x", Soon());
  EXPECT_THAT(Message(refused.status()), HasSubstr("403: DENIED: requested access is denied"));
  EXPECT_EQ(registry->log().Count("POST", "*"), 1u);
}

// The text of the error when a host answers the beginning of an upload so.
std::string Told(const std::string& host, int status) {
  auto http = std::make_shared<oci::ScriptedHttp>([=](const net::HttpRequest& request) {
    if (request.method == "HEAD") return oci::AnswerOf(404);
    return oci::AnswerOf(status, {}, R"({"errors":[{"code":"CODE","message":"words"}]})");
  });
  RegistryWriter writer(oci::RegistryClient::CreateOver(http, TestOptions()));
  const auto reference = oci::Reference::Parse("oci://" + host + "/org/app").value();
  return Message(writer.PushBlob(reference, "hello", "x", Soon()).status());
}

TEST(AccessTest, ErrorsSayWhatToDoAtThisRegistry) {
  const std::string ecr = "1234.dkr.ecr.eu-west-1.amazonaws.com";
  const std::vector<std::tuple<std::string, int, std::string>> cases = {
      {"ghcr.io", 401, "the token needs the permission packages: write"},
      {"ghcr.io", 403, "Manage Actions access"},
      {"ghcr.io", 404, "the token needs the permission packages: write"},
      {ecr, 404, "create the repository first, Amazon ECR does not do it on push"},
      {"public.ecr.aws", 404, "create the repository first"},
      {ecr, 403, "these credentials may not write to the repository"},
      {"harbor.example", 401, "log in with helm registry login or docker login as somebody who may write"},
      {"harbor.example", 403, "in Harbor the role Developer of the project"},
      {"harbor.example", 404, "create the repository, or in Harbor its project, before pushing"},
      {"mirror.example", 405, "is read-only; push to the registry behind it"}};
  for (const auto& [host, status, advice] : cases) {
    const std::string told = Told(host, status);
    EXPECT_THAT(told,
                HasSubstr(Cat("to ", host, "/org/app: the registry answered ", status, ": CODE: words (")));
    EXPECT_THAT(told, HasSubstr(advice)) << host << " " << status;
  }
}

TEST(AccessTest, AdviceIsNotGivenWhereThereIsNone) {
  EXPECT_THAT(Told("evil-ghcr.io.example", 404), Not(HasSubstr("packages: write")));
  const std::string told = Told("a.example", 400);
  EXPECT_THAT(told, HasSubstr("the registry answered 400: CODE: words"));
  EXPECT_THAT(told, Not(HasSubstr("(")));
}

TEST(AccessTest, WhatPassesIsTriedAgain) {
  auto registry = StartRegistry();
  registry->AddFault({.times = 1, .respond = sandbox::StatusAnswer(429, "1")});
  registry->AddFault({.method = "POST", .times = 1, .respond = sandbox::StatusAnswer(503)});
  EXPECT_TRUE(MakeWriter().PushBlob(Repo(*registry), "hello", "x", Soon()).ok());
}

TEST(AccessTest, TheDeadlineEndsAnUploadThatHangs) {
  auto registry = StartRegistry();
  registry->AddFault({.method = "PUT", .times = -1, .delivery = sandbox::HangDelivery()});
  const auto late =
      MakeWriter().PushBlob(Repo(*registry), "hello", "x", absl::Now() + absl::Milliseconds(300));
  EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded) << late.status();
  EXPECT_THAT(Message(late.status()), HasSubstr("uploading blob sha256:"));
}

}  // namespace
}  // namespace chartseal::publisher
