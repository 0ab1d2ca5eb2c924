#include "tests/publisher/signing/signing_fixture.h"
#include "tests/sandbox/encoding.h"
#include "verifier/base/limits.h"

namespace chartseal::publisher {
namespace {

using nlohmann::json;
using sandbox::MakeResponse;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class FulcioClientTest : public SigningTest {
 protected:
  auto Request() { return RequestCertificate(caller_, services_->urls().fulcio, token_, key_, Deadline()); }
  // Why there is no certificate. It names Fulcio and its URL, and holds no part of the token.
  std::string WhyNot(absl::StatusCode expected = absl::StatusCode::kFailedPrecondition) {
    const auto chain = Request();
    EXPECT_EQ(chain.status().code(), expected);
    const std::string why = Why(chain);
    EXPECT_THAT(why, StartsWith("fulcio-failed: Fulcio " + fulcio().url() + "/api/v2/signingCert"));
    const std::string& jwt = token_.text().Reveal();
    for (const size_t from : {size_t{0}, jwt.find('.') + 1, jwt.rfind('.') + 1}) {
      EXPECT_THAT(why, Not(HasSubstr(jwt.substr(from, 20))));
    }
    return why;
  }
  sandbox::LoopbackServer& fulcio() { return services_->fulcio_server(); }
  static std::string Pem(const crypto::Certificate& certificate) {
    return sandbox::PemEncode("CERTIFICATE", certificate.der());
  }
  IdentityToken token_ = Token();
};

// The list of PEM certificates in an answer.
json& Certificates(json& answer) { return answer["signedCertificateEmbeddedSct"]["chain"]["certificates"]; }

TEST_F(FulcioClientTest, ACertificateForTheKeyComesWithItsIssuers) {
  const auto chain = Request();
  ASSERT_TRUE(chain.ok()) << chain.status();
  ASSERT_GE(chain->size(), 2u);
  EXPECT_EQ(chain->front().public_key(), key_.public_key());
  EXPECT_EQ(chain->front().subject_alt_names().at(0).value, token_.expected_identity());
  EXPECT_EQ(fulcio().log().size(), 1u);
  EXPECT_EQ(fulcio().log().Records().at(0).headers.find("user-agent")->second, "chartseal");
}

TEST_F(FulcioClientTest, KeysOfEachTypeGetACertificate) {
  for (const crypto::KeyType type : {crypto::KeyType::kEcdsaP384, crypto::KeyType::kEd25519}) {
    key_ = crypto::PrivateKey::Generate(type).value();
    const auto chain = Request();
    EXPECT_TRUE(chain.ok()) << chain.status();
  }
}

TEST_F(FulcioClientTest, AFinalSlashOfTheBaseUrlDoesNoHarm) {
  const auto chain = RequestCertificate(caller_, fulcio().url() + "//", token_, key_, Deadline());
  EXPECT_TRUE(chain.ok()) << chain.status();
}

TEST_F(FulcioClientTest, AServerErrorIsTriedOnceMoreAfterASecond) {
  Answer(fulcio(), Json(500, {{"code", 13}, {"message", "no CT log"}}), 1);
  EXPECT_TRUE(Request().ok());
  EXPECT_EQ(fulcio().log().size(), 2u);
  EXPECT_THAT(waits_, ElementsAre(absl::Seconds(1)));
}

TEST_F(FulcioClientTest, AServerErrorThatStaysIsUnavailable) {
  Answer(fulcio(), Json(500, {{"code", 13}, {"message", "no CT log"}}));
  EXPECT_THAT(WhyNot(absl::StatusCode::kUnavailable), HasSubstr("answered 500: no CT log (try again"));
  EXPECT_EQ(fulcio().log().size(), 2u);
}

TEST_F(FulcioClientTest, TooManyRequestsAreRetriedWhenItSaysSo) {
  sandbox::HttpResponse busy = MakeResponse(429, "text/plain", "slow down");
  busy.SetHeader("Retry-After", "7");
  Answer(fulcio(), busy);
  EXPECT_THAT(WhyNot(absl::StatusCode::kResourceExhausted),
              HasSubstr("answered 429: slow down (it limits how often it is asked"));
  EXPECT_EQ(fulcio().log().size(), 2u);
  EXPECT_THAT(waits_, ElementsAre(absl::Seconds(7)));
}

TEST_F(FulcioClientTest, AWaitBeyondTheDeadlineIsNotBegun) {
  sandbox::HttpResponse busy = MakeResponse(429, "text/plain", "slow down");
  busy.SetHeader("Retry-After", "3600");
  Answer(fulcio(), busy);
  EXPECT_THAT(WhyNot(absl::StatusCode::kResourceExhausted), HasSubstr("answered 429"));
  EXPECT_EQ(fulcio().log().size(), 1u);
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(FulcioClientTest, ARefusalIsFinalAndSaysWhatToLookAt) {
  const std::pair<int, std::pair<absl::StatusCode, const char*>> cases[] = {
      {400, {absl::StatusCode::kFailedPrecondition, "does this Fulcio trust that issuer"}},
      {401, {absl::StatusCode::kPermissionDenied, "does this Fulcio trust that issuer"}},
      {403, {absl::StatusCode::kPermissionDenied, "gives no certificate to tokens of issuer"}},
      {404, {absl::StatusCode::kFailedPrecondition, "is this the service's URL?"}},
      {418, {absl::StatusCode::kFailedPrecondition, "answered 418: no"}}};
  for (const auto& [status, expected] : cases) {
    fulcio().faults().Clear();
    fulcio().log().Clear();
    Answer(fulcio(), Json(status, {{"code", 3}, {"message", "no"}}));
    EXPECT_THAT(WhyNot(expected.first), HasSubstr(expected.second)) << status;
    EXPECT_EQ(fulcio().log().size(), 1u) << status;
  }
}

TEST_F(FulcioClientTest, TheIssuerOfARefusedTokenIsNamed) {
  token_ = IdentityToken::Parse(services_->Token({{"iss", "https://issuer.example"}}), absl::Now()).value();
  EXPECT_THAT(WhyNot(absl::StatusCode::kPermissionDenied),
              AllOf(HasSubstr("answered 401: There was an error processing the identity token"),
                    HasSubstr("the token is of issuer 'https://issuer.example'")));
}

TEST_F(FulcioClientTest, AnAnswerThatQuotesTheTokenIsNotRepeated) {
  const std::string& jwt = token_.text().Reveal();
  Answer(fulcio(), Json(400, {{"message", "bad token=(" + jwt + "), Authorization: Bearer " + jwt +
                                              " claims:" + jwt.substr(jwt.find('.') + 1)}}));
  EXPECT_THAT(WhyNot(), HasSubstr("bad token="));
}

TEST_F(FulcioClientTest, ItsWordsAreBoundedAndOnOneLine) {
  Answer(fulcio(), MakeResponse(400, "text/plain", "a\n\x1b[2J" + std::string(50'000, 'x')));
  const std::string why = WhyNot();
  EXPECT_LT(why.size(), 700u);
  EXPECT_THAT(why, AllOf(HasSubstr("a\\n\\x1b[2Jxx"), Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
}

TEST_F(FulcioClientTest, APageForPeopleIsNotShown) {
  Answer(fulcio(), MakeResponse(502, "text/html", "<html><body>gateway</body></html>"));
  EXPECT_THAT(WhyNot(absl::StatusCode::kUnavailable),
              AllOf(HasSubstr("answered 502 ("), Not(HasSubstr("html"))));
}

TEST_F(FulcioClientTest, ARedirectIsNotFollowed) {
  sandbox::HttpResponse redirect = MakeResponse(307, "text/plain", "");
  redirect.SetHeader("Location", services_->rekor_v1_server().url() + "/api/v2/signingCert");
  Answer(fulcio(), redirect);
  EXPECT_THAT(WhyNot(), HasSubstr("answered 307 (redirects are not followed"));
  EXPECT_EQ(services_->rekor_v1_server().log().size(), 0u);
}

TEST_F(FulcioClientTest, AnswersThatAreNoJsonAreRefused) {
  for (const char* body : {"", "hello", "{\"signedCertificateEmbeddedSct\":", "{} {}"}) {
    fulcio().faults().Clear();
    Answer(fulcio(), MakeResponse(200, "application/json", body));
    EXPECT_THAT(WhyNot(), HasSubstr("signingCert: answer: ")) << body;
  }
}

TEST_F(FulcioClientTest, AnswersWithoutCertificatesAreRefused) {
  for (const char* body : {"{}", "[]", "null", "{\"signedCertificateEmbeddedSct\":{}}",
                           "{\"signedCertificateEmbeddedSct\":{\"chain\":null}}"}) {
    fulcio().faults().Clear();
    Answer(fulcio(), MakeResponse(200, "application/json", body));
    EXPECT_THAT(WhyNot(), HasSubstr("answer: no certificate (signedCertificateEmbeddedSct)")) << body;
  }
}

TEST_F(FulcioClientTest, ChainsThatMakeNoSenseAreRefused) {
  const std::pair<std::function<void(json&)>, const char*> cases[] = {
      {[](json& answer) { Certificates(answer) = json::array(); }, "answer: the certificate chain is empty"},
      {[](json& answer) { Certificates(answer) = "PEM"; }, "answer: the certificate chain is empty"},
      {[](json& answer) { Certificates(answer)[0] = 5; }, "a certificate of the chain is no PEM text"},
      {[](json& answer) { Certificates(answer)[1] = "not PEM"; }, "certificate"},
      {[](json& answer) {
         Certificates(answer)[0] =
             Certificates(answer)[0].get<std::string>() + Certificates(answer)[1].get<std::string>();
       },
       "several certificates where one is expected"},
      {[](json& answer) {
         for (int i = 0; i < 10; ++i) Certificates(answer).push_back(Certificates(answer)[0]);
       },
       "more than 8 certificates in the chain"}};
  for (const auto& [change, expected] : cases) {
    fulcio().faults().Clear();
    RewriteJson(fulcio(), change);
    EXPECT_THAT(WhyNot(), HasSubstr(expected));
  }
}

TEST_F(FulcioClientTest, ACertificateForAnotherKeyIsRefused) {
  const auto other_key = crypto::PrivateKey::Generate(crypto::KeyType::kEcdsaP256).value();
  const auto other =
      RequestCertificate(caller_, services_->urls().fulcio, token_, other_key, Deadline()).value();
  RewriteJson(fulcio(), [&](json& answer) { Certificates(answer)[0] = Pem(other[0]); });
  EXPECT_THAT(WhyNot(), HasSubstr("the certificate is for another key than the one that was sent"));
}

TEST_F(FulcioClientTest, ACertificateWithoutTimestampOfALogIsRefused) {
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  const std::string bare = sigstore_.ca().Issue({key_.public_key().spki_der(), sandbox::Identity(), now}, {});
  RewriteJson(fulcio(),
              [&](json& answer) { Certificates(answer)[0] = sandbox::PemEncode("CERTIFICATE", bare); });
  EXPECT_THAT(WhyNot(), HasSubstr("the certificate has no embedded signed certificate timestamp"));
}

TEST_F(FulcioClientTest, ADetachedTimestampIsRefusedWithItsMeaning) {
  RewriteJson(fulcio(), [](json& answer) {
    answer = {{"signedCertificateDetachedSct", answer["signedCertificateEmbeddedSct"]}};
  });
  EXPECT_THAT(WhyNot(), HasSubstr("a Fulcio with a certificate transparency log is needed"));
}

TEST_F(FulcioClientTest, AnAnswerBeyondTheLimitIsRefused) {
  Answer(fulcio(),
         MakeResponse(200, "application/json", std::string(limits::kMaxServiceAnswerBytes + 1, ' ')));
  EXPECT_THAT(WhyNot(absl::StatusCode::kResourceExhausted), HasSubstr("1048576"));
}

TEST_F(FulcioClientTest, ABrokenConnectionIsNotTriedAgain) {
  sandbox::Fault fault;
  fault.times = -1;
  fault.delivery = sandbox::Delivery{.kind = sandbox::Delivery::Kind::kTruncated, .missing = 10};
  fulcio().faults().Add(std::move(fault));
  WhyNot(absl::StatusCode::kUnavailable);
  EXPECT_EQ(fulcio().log().size(), 1u);
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(FulcioClientTest, AServiceThatIsNotThereIsUnavailable) {
  const auto chain = RequestCertificate(caller_, "http://127.0.0.1:1", token_, key_, Deadline());
  EXPECT_EQ(chain.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Why(chain), StartsWith("fulcio-failed: Fulcio http://127.0.0.1:1/api/v2/signingCert: "));
}

TEST_F(FulcioClientTest, ASlowAnswerEndsWithTheDeadline) {
  sandbox::Fault fault;
  fault.delay = absl::Seconds(3);
  fulcio().faults().Add(std::move(fault));
  const auto chain =
      RequestCertificate(caller_, fulcio().url(), token_, key_, absl::Now() + absl::Milliseconds(300));
  EXPECT_EQ(chain.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(Why(chain), StartsWith("fulcio-failed: Fulcio "));
}

TEST_F(FulcioClientTest, WithoutAFulcioNothingIsAsked) {
  const auto chain = RequestCertificate(caller_, "", token_, key_, Deadline());
  EXPECT_EQ(chain.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Why(chain),
            "signing-config-malformed: the signing config names no Fulcio that can be used now; a signature "
            "needs one, "
            "unless it is made with a key (--key)");
  EXPECT_THAT(Why(RequestCertificate(caller_, "fulcio.example", token_, key_, Deadline())),
              StartsWith("fulcio-failed: Fulcio's URL: "));
}

}  // namespace
}  // namespace chartseal::publisher
