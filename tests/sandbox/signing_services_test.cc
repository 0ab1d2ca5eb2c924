#include "tests/sandbox/signing_services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/openssl_testing.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const absl::Time kNow = SigstoreOptions().start + absl::Hours(48);
constexpr char kIssuer[] = "http://127.0.0.1:8080";

HttpRequest Post(const std::string& path, const json& body, const std::string& token = "") {
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.body = body.dump();
  request.headers.emplace("content-type", "application/json");
  if (!token.empty()) request.headers.emplace("authorization", "Bearer " + token);
  return request;
}

HttpRequest Get(const std::string& path) {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  return request;
}

class SigningServicesTest : public testing::Test {
 protected:
  std::string Token(const json& changes = json::object()) const {
    return issuer_.Sign(issuer_.GitHubClaims(changes, kNow));
  }
  json CertificateRequest(const std::string& proven_subject) const {
    return {{"publicKeyRequest",
             {{"publicKey", {{"algorithm", "ECDSA"}, {"content", key_.SpkiPem()}}},
              {"proofOfPossession", Base64Encode(key_.Sign(proven_subject))}}}};
  }
  HttpResponse AskFulcio(const json& body, const std::string& token) const {
    return FulcioService(sigstore_, issuer_).Handle(Post("/api/v2/signingCert", body, token), kNow);
  }
  json ProposedEntry(const std::string& artifact) const {
    return {{"apiVersion", "0.0.1"},
            {"kind", "hashedrekord"},
            {"spec",
             {{"data", {{"hash", {{"algorithm", "sha256"}, {"value", HexEncode(Sha256(artifact))}}}}},
              {"signature",
               {{"content", Base64Encode(key_.Sign("an artifact"))},
                {"publicKey", {{"content", Base64Encode(key_.SpkiPem())}}}}}}}};
  }

  Sigstore sigstore_;
  OidcIssuer issuer_{kIssuer};
  Key key_ = Key::Generate(KeyType::kEcdsaP256);
  const std::string subject_ = "repo:acme/app:ref:refs/tags/v1.2.3";
};

TEST_F(SigningServicesTest, FulcioIssuesAChainForAProvenKey) {
  const HttpResponse response = AskFulcio(CertificateRequest(subject_), Token());
  ASSERT_EQ(response.status, 200) << response.body;
  const json chain = json::parse(response.body)["signedCertificateEmbeddedSct"]["chain"]["certificates"];
  ASSERT_EQ(chain.size(), 3u);
  std::vector<std::string> der;
  for (const json& pem : chain) der.push_back(PemDecode("CERTIFICATE", pem.get<std::string>()));
  EXPECT_EQ(ChainError(der[0], der[1], der[2], absl::ToUnixSeconds(kNow)), "");
  EXPECT_EQ(SpkiOfPem(chain[0].get<std::string>()), key_.Spki());
}

TEST_F(SigningServicesTest, FulcioRefusesAProofOverAnotherSubject) {
  const HttpResponse response = AskFulcio(CertificateRequest("somebody else"), Token());
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("could not be verified"));
}

TEST_F(SigningServicesTest, FulcioRefusesARequestWithoutToken) {
  const HttpResponse response = AskFulcio(CertificateRequest(subject_), "");
  EXPECT_EQ(response.status, 401);
  EXPECT_THAT(response.body, HasSubstr("not a token of three parts"));
}

TEST_F(SigningServicesTest, FulcioRefusesATokenForAnotherAudience) {
  const HttpResponse response = AskFulcio(CertificateRequest(subject_), Token({{"aud", "elsewhere"}}));
  EXPECT_THAT(response.body, HasSubstr("token is for another audience"));
}

TEST_F(SigningServicesTest, FulcioRefusesAnExpiredToken) {
  const HttpResponse response =
      AskFulcio(CertificateRequest(subject_), Token({{"exp", absl::ToUnixSeconds(kNow) - 1}}));
  EXPECT_THAT(response.body, HasSubstr("token has expired"));
}

TEST_F(SigningServicesTest, FulcioRefusesATokenWithChangedClaims) {
  std::string token = Token();
  token[token.find('.') + 20] ^= 1;
  const HttpResponse response = AskFulcio(CertificateRequest(subject_), token);
  EXPECT_THAT(response.body, HasSubstr("token signature does not verify"));
}

TEST_F(SigningServicesTest, FulcioRefusesAMalformedSigningRequest) {
  const HttpResponse response =
      AskFulcio({{"certificateSigningRequest", Base64Encode("no request")}}, Token());
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("malformed or not signed by its key"));
}

TEST_F(SigningServicesTest, RekorV1LogsASignatureAndFindsItAgain) {
  RekorV1Service rekor(sigstore_.rekor_v1());
  const HttpResponse created = rekor.Handle(Post("/api/v1/log/entries", ProposedEntry("an artifact")), kNow);
  ASSERT_EQ(created.status, 201) << created.body;
  const std::string uuid = json::parse(created.body).begin().key();
  EXPECT_EQ(uuid.size(), 80u);
  EXPECT_EQ(rekor.Handle(Get("/api/v1/log/entries/" + uuid), kNow).body, created.body);
  EXPECT_EQ(rekor.Handle(Get("/api/v1/log/entries/" + uuid.substr(16)), kNow).body, created.body);
  HttpRequest by_index = Get("/api/v1/log/entries");
  by_index.query.emplace("logIndex",
                         std::to_string(json::parse(created.body)[uuid]["logIndex"].get<int64_t>()));
  EXPECT_EQ(rekor.Handle(by_index, kNow).body, created.body);
}

TEST_F(SigningServicesTest, RekorV1AnswersADuplicateWithItsLocation) {
  RekorV1Service rekor(sigstore_.rekor_v1());
  const HttpRequest request = Post("/api/v1/log/entries", ProposedEntry("an artifact"));
  const std::string uuid = json::parse(rekor.Handle(request, kNow).body).begin().key();
  const HttpResponse conflict = rekor.Handle(request, kNow);
  EXPECT_EQ(conflict.status, 409);
  EXPECT_THAT(conflict.headers, testing::Contains(testing::Pair("Location", "/api/v1/log/entries/" + uuid)));
}

TEST_F(SigningServicesTest, RekorV1RefusesASignatureOfAnotherArtifact) {
  RekorV1Service rekor(sigstore_.rekor_v1());
  const HttpResponse response = rekor.Handle(Post("/api/v1/log/entries", ProposedEntry("another")), kNow);
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("verifying signature"));
}

TEST_F(SigningServicesTest, RekorV1RefusesAnUnknownKind) {
  RekorV1Service rekor(sigstore_.rekor_v1());
  json proposed = ProposedEntry("an artifact");
  proposed["kind"] = "alpine";
  EXPECT_THAT(rekor.Handle(Post("/api/v1/log/entries", proposed), kNow).body,
              HasSubstr("entry kind is not supported: alpine 0.0.1"));
}

TEST_F(SigningServicesTest, RekorV2RefusesAnotherKeyType) {
  RekorV2Service rekor(sigstore_.rekor_v2());
  const json request = {{"hashedRekordRequestV002",
                         {{"digest", Base64Encode(Sha256("an artifact"))},
                          {"signature",
                           {{"content", Base64Encode(key_.Sign("an artifact"))},
                            {"verifier",
                             {{"publicKey", {{"rawBytes", Base64Encode(key_.Spki())}}},
                              {"keyDetails", "PKIX_ECDSA_P384_SHA_384"}}}}}}}};
  const HttpResponse response = rekor.Handle(Post("/api/v2/log/entries", request));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("unsupported key algorithm PKIX_ECDSA_P384_SHA_384"));
}

TEST_F(SigningServicesTest, TimestampAuthorityRefusesWhatIsNoQuery) {
  const TimestampService tsa(sigstore_.tsa());
  HttpRequest request = Post("/api/v1/timestamp", json::object());
  EXPECT_EQ(tsa.Handle(request, kNow).status, 400);
  request.headers.clear();
  request.body = "not DER";
  EXPECT_EQ(tsa.Handle(request, kNow).status, 400);
}

TEST_F(SigningServicesTest, AllServicesListenOnLoopbackAndCountTheirRequests) {
  auto services = SigningServices::Start(sigstore_);
  ASSERT_TRUE(services.ok()) << services.status();
  const ServiceUrls urls = (*services)->urls();
  for (const std::string& url : {urls.oidc, urls.fulcio, urls.rekor_v1, urls.rekor_v2, urls.tsa}) {
    EXPECT_THAT(url, HasSubstr("http://127.0.0.1:"));
  }
  EXPECT_THAT((*services)->issuer().url(), urls.oidc);
}

}  // namespace
}  // namespace chartseal::sandbox
