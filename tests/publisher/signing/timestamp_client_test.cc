#include "tests/publisher/signing/signing_fixture.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/limits.h"
#include "verifier/crypto/digest.h"
#include "verifier/sigstore/timestamp.h"

namespace chartseal::publisher {
namespace {

using sandbox::MakeResponse;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kSignature = "signature";

class TimestampClientTest : public SigningTest {
 protected:
  auto Request() { return RequestTimestamp(caller_, services_->urls().tsa, kSignature, Deadline()); }
  std::string WhyNot(absl::StatusCode expected = absl::StatusCode::kFailedPrecondition) {
    const auto timestamp = Request();
    EXPECT_EQ(timestamp.status().code(), expected);
    EXPECT_THAT(Why(timestamp), StartsWith("timestamp-failed: timestamp authority " + services_->urls().tsa));
    return Why(timestamp);
  }
  sandbox::LoopbackServer& tsa() { return services_->tsa_server(); }
  // What an authority answers that rewrites its answer's bytes.
  void Rewrite(std::function<void(std::string&)> change) {
    sandbox::Fault fault;
    fault.times = -1;
    fault.rewrite = [change = std::move(change)](const sandbox::HttpRequest&,
                                                 sandbox::HttpResponse& response) { change(response.body); };
    tsa().faults().Add(std::move(fault));
  }
};

TEST_F(TimestampClientTest, ATimestampOverTheSignatureVerifiesUnderTheTrustedRoot) {
  const auto timestamp = Request();
  ASSERT_TRUE(timestamp.ok()) << timestamp.status();
  const auto root = sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(sigstore_), "root").value();
  const auto verified = sigstore::VerifyTimestamp(*timestamp, kSignature, root);
  EXPECT_TRUE(verified.ok()) << verified.rejection().ToString();
  const sandbox::RequestRecord asked = tsa().log().Records().at(0);
  EXPECT_EQ(asked.headers.find("content-type")->second, "application/timestamp-query");
}

TEST_F(TimestampClientTest, AnAnswer200IsAsGoodAs201) {
  sandbox::Fault fault;
  fault.rewrite = [](const sandbox::HttpRequest&, sandbox::HttpResponse& response) { response.status = 200; };
  tsa().faults().Add(std::move(fault));
  EXPECT_TRUE(Request().ok());
}

TEST_F(TimestampClientTest, AServerErrorIsTriedOnceMore) {
  Answer(tsa(), MakeResponse(503, "text/plain", "busy"), 1);
  EXPECT_TRUE(Request().ok());
  EXPECT_EQ(tsa().log().size(), 2u);
}

TEST_F(TimestampClientTest, AServerErrorThatStaysIsUnavailable) {
  Answer(tsa(), MakeResponse(503, "text/plain", "busy"));
  EXPECT_THAT(WhyNot(absl::StatusCode::kUnavailable), HasSubstr("answered 503: busy"));
  EXPECT_EQ(tsa().log().size(), 2u);
}

TEST_F(TimestampClientTest, ARefusalIsFinal) {
  Answer(tsa(), Json(400, {{"code", 400}, {"message", "Error parsing timestamp request"}}));
  EXPECT_THAT(WhyNot(), HasSubstr("answered 400: Error parsing timestamp request"));
  EXPECT_EQ(tsa().log().size(), 1u);
}

TEST_F(TimestampClientTest, ATimestampOverSomethingElseIsRefused) {
  const std::string other =
      RequestTimestamp(caller_, services_->urls().tsa, "another signature", Deadline()).value();
  Answer(tsa(), MakeResponse(201, "application/timestamp-reply", other));
  EXPECT_THAT(WhyNot(), HasSubstr("the timestamp is over something else than what was sent"));
}

TEST_F(TimestampClientTest, WhatIsNoTimestampIsRefused) {
  Rewrite([](std::string& body) { body = "hello"; });
  EXPECT_THAT(WhyNot(), HasSubstr("timestamp-malformed"));
  tsa().faults().Clear();
  Rewrite([](std::string& body) { body.clear(); });
  EXPECT_THAT(WhyNot(), HasSubstr("timestamp-malformed"));
  tsa().faults().Clear();
  Rewrite([](std::string& body) { body += "x"; });
  EXPECT_THAT(WhyNot(), HasSubstr("timestamp-malformed"));
}

TEST_F(TimestampClientTest, AnAnswerThatGrantsNothingIsRefused) {
  // TimeStampResp { PKIStatusInfo { rejection } }
  Rewrite([](std::string& body) { body = std::string("\x30\x05\x30\x03\x02\x01\x02", 7); });
  EXPECT_THAT(WhyNot(), HasSubstr("timestamp-malformed"));
}

TEST_F(TimestampClientTest, AnswersBeyondTheLimitsAreRefused) {
  Rewrite([](std::string& body) { body.resize(limits::kMaxTimestampBytes + 1); });
  EXPECT_THAT(WhyNot(), HasSubstr("at most 65536 are stored in a bundle"));
  tsa().faults().Clear();
  Rewrite([](std::string& body) { body.resize(limits::kMaxServiceAnswerBytes + 1); });
  WhyNot(absl::StatusCode::kResourceExhausted);
}

TEST_F(TimestampClientTest, ARedirectIsNotFollowed) {
  sandbox::HttpResponse redirect = MakeResponse(308, "text/plain", "");
  redirect.SetHeader("Location", services_->rekor_v1_server().url());
  Answer(tsa(), redirect);
  EXPECT_THAT(WhyNot(), HasSubstr("answered 308 (redirects are not followed"));
  EXPECT_EQ(services_->rekor_v1_server().log().size(), 0u);
}

TEST_F(TimestampClientTest, AnEndlessAnswerIsCutOff) {
  sandbox::Fault fault;
  fault.delivery = sandbox::Delivery{.kind = sandbox::Delivery::Kind::kEndless};
  tsa().faults().Add(std::move(fault));
  WhyNot(absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace chartseal::publisher
