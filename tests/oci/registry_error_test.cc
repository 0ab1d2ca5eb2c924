#include "verifier/oci/registry_error.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::oci {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

absl::Status ErrorOf(int status, std::string body = "") {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return ErrorFromResponse("ghcr.io/a:b", response);
}

TEST(RegistryErrorTest, GivesEachStatusItsMeaning) {
  const auto expect = [](int status, absl::StatusCode code, Reason reason) {
    EXPECT_EQ(ErrorOf(status).code(), code) << status;
    EXPECT_EQ(ReasonOf(ErrorOf(status)), reason) << status;
  };
  expect(401, absl::StatusCode::kUnauthenticated, Reason::kUnauthorized);
  expect(403, absl::StatusCode::kPermissionDenied, Reason::kUnauthorized);
  expect(404, absl::StatusCode::kNotFound, Reason::kNotFound);
  expect(429, absl::StatusCode::kResourceExhausted, Reason::kRateLimited);
  expect(408, absl::StatusCode::kUnavailable, Reason::kRegistryError);
  expect(503, absl::StatusCode::kUnavailable, Reason::kRegistryError);
  expect(400, absl::StatusCode::kFailedPrecondition, Reason::kRegistryError);
  expect(204, absl::StatusCode::kFailedPrecondition, Reason::kRegistryError);
}

TEST(RegistryErrorTest, ShowsTheRegistrysOwnWords) {
  const auto status =
      ErrorOf(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such manifest"},{"code":"X"}]})");
  EXPECT_EQ(Message(status), "ghcr.io/a:b: the registry answered 404: MANIFEST_UNKNOWN: no such manifest; X");
}

TEST(RegistryErrorTest, ShowsALineOfTextButNoPage) {
  EXPECT_EQ(Message(ErrorOf(500, "out of disk\n")), "ghcr.io/a:b: the registry answered 500: out of disk");
  EXPECT_EQ(Message(ErrorOf(500, "<html>down</html>")), "ghcr.io/a:b: the registry answered 500");
  EXPECT_EQ(Message(ErrorOf(500, "{\"x\":1}")), "ghcr.io/a:b: the registry answered 500");
}

TEST(RegistryErrorTest, BoundsWhatItShows) {
  std::string body = R"({"errors":[)";
  for (int i = 0; i < 100; ++i)
    body += (i == 0 ? "" : ",") + std::string(R"({"code":")") + std::string(400, 'x') + "\"}";
  EXPECT_LT(Message(ErrorOf(400, body + "]}")).size(), 800u);
}

TEST(RegistryErrorTest, EscapesControlCharacters) {
  EXPECT_THAT(Message(ErrorOf(400, R"({"errors":[{"message":"a\u001b[31mb\nc"}]})")),
              HasSubstr("a\\x1b[31mb\\nc"));
}

TEST(RegistryErrorTest, SurvivesErrorsOfAnyShape) {
  for (const char* body :
       {R"({"errors":{}})", R"({"errors":[1,null,"x"]})", R"({"errors":[{"code":5}]})", "[", "null"}) {
    EXPECT_THAT(Message(ErrorOf(400, body)), HasSubstr("the registry answered 400")) << body;
  }
}

TEST(RegistryErrorTest, AdviceOfTheCallersOwnReplacesTheUsualOne) {
  const net::HttpResponse response = {.status = 403, .body = R"({"errors":[{"code":"DENIED"}]})"};
  EXPECT_EQ(Message(ErrorFromResponse("pushing x", response, "ask for write access")),
            "pushing x: the registry answered 403: DENIED (ask for write access)");
  EXPECT_EQ(Message(ErrorFromResponse("pushing x", response, "")),
            "pushing x: the registry answered 403: DENIED");
}

TEST(RegistryErrorTest, CodesAreToldAFewAndPrintable) {
  const auto codes = [](const std::string& body) {
    return ErrorCodes(net::HttpResponse{.status = 400, .body = body});
  };
  EXPECT_THAT(codes(R"({"errors":[{"code":"A"},{"code":"B\u0007"},{"message":"m"},{"code":"D"}]})"),
              ElementsAre("A", "B\\x07", ""));
  for (const char* body : {"", "<html>", "[]", R"({"errors":{"code":"A"}})", R"({"code":"A"})"}) {
    EXPECT_THAT(codes(body), IsEmpty()) << body;
  }
}

TEST(RedactTest, TakesOutQueriesAndTokens) {
  EXPECT_EQ(Redact("see https://s3.example/b?X-Sig=abc&y=z now", 200), "see https://s3.example/b?... now");
  EXPECT_EQ(Redact("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", 200),
            "Authorization: Bearer [redacted]");
  EXPECT_EQ(Redact("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", 200), "got [redacted]");
  EXPECT_EQ(Redact("Authorization: Basic bWU6b3BlbnNlc2FtZQ== no", 200),
            "Authorization: Basic [redacted] no");
  EXPECT_EQ(Redact("basic YTpi", 200), "basic [redacted]") << "a:b";
  EXPECT_EQ(Redact("ghp_0123456789", 200), "[redacted]");
  EXPECT_EQ(Redact("a;Token=abc failed", 200), "a;Token=[redacted] failed");
}

TEST(RedactTest, LeavesOrdinaryWordsAlone) {
  const std::string text = "basic authentication required for repository org/app, is it private?";
  EXPECT_EQ(Redact(text, 200), text);
}

TEST(RedactTest, DoesNotCutATokenIntoSomethingElse) {
  const std::string token = "eyJ" + std::string(300, 'a');
  EXPECT_THAT(Redact("t " + token, 50), Not(HasSubstr("aaa")));
}

}  // namespace
}  // namespace chartseal::oci
