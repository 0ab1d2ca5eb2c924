#include "publisher/signing/fulcio_answer.h"
#include "publisher/signing/service_call.h"
#include "publisher/signing/services.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

// Fulcio's v2 API, request form A (spec/sigstore.md §5.2).
namespace chartseal::publisher {
namespace {

constexpr ServiceKind kFulcio = {"Fulcio", Reason::kFulcioFailed, limits::kFulcioTime};
constexpr std::string_view kPath = "/api/v2/signingCert";

// The server ignores it and looks at the key, but the field is an enum and may not be left out.
std::string_view AlgorithmName(crypto::KeyType type) {
  if (type == crypto::KeyType::kRsa) return "RSA_PSS";
  return type == crypto::KeyType::kEd25519 ? "ED25519" : "ECDSA";
}

absl::StatusOr<std::string> RequestBody(const IdentityToken& token, const crypto::PrivateKey& key) {
  ASSIGN_OR_RETURN(const std::string proof, key.Sign(token.subject()));
  Node public_key = Node::MakeMap();
  public_key.Set("algorithm", AlgorithmName(key.public_key().type())).Set("content", key.public_key_pem());
  Node request = Node::MakeMap();
  request.Set("publicKey", std::move(public_key)).Set("proofOfPossession", Base64Encode(proof));
  Node body = Node::MakeMap();
  body.Set("publicKeyRequest", std::move(request));
  return WriteJson(body);
}

std::string Advice(int status, const IdentityToken& token) {
  const std::string issuer = Printable(token.issuer());
  if (status == 400 || status == 401) {
    return Cat("the token is of issuer '", issuer,
               "'; does this Fulcio trust that issuer, and is the machine's clock right?");
  }
  if (status == 403) return Cat("this Fulcio gives no certificate to tokens of issuer '", issuer, "'");
  return "";
}

absl::Status CheckLeaf(const net::Url& url, const crypto::Certificate& leaf, const crypto::PrivateKey& key) {
  if (!(leaf.public_key() == key.public_key())) {
    return BadAnswer(kFulcio, url, "the certificate is for another key than the one that was sent");
  }
  if (leaf.FindExtension(crypto::oid::kSctList) == nullptr) {
    return BadAnswer(kFulcio, url, "the certificate has no embedded signed certificate timestamp");
  }
  return absl::OkStatus();
}

absl::Status NoFulcio() {
  return WithReason(
      absl::FailedPreconditionError(
          "the signing config names no Fulcio that can be used now; a signature needs one, unless it "
          "is made with a key (--key)"),
      Reason::kSigningConfigMalformed);
}

}  // namespace

absl::StatusOr<std::vector<crypto::Certificate>> RequestCertificate(const ServiceCaller& caller,
                                                                    std::string_view fulcio_url,
                                                                    const IdentityToken& token,
                                                                    const crypto::PrivateKey& key,
                                                                    absl::Time deadline) {
  if (fulcio_url.empty()) return NoFulcio();
  ASSIGN_OR_RETURN(const net::Url url, ServiceUrl(kFulcio, fulcio_url, kPath));
  ASSIGN_OR_RETURN(const std::string body, RequestBody(token, key));
  const ServiceRequest request = {
      .url = url, .content_type = "application/json", .bearer = token.text(), .body = body};
  ASSIGN_OR_RETURN(const net::HttpResponse response, CallService(caller, kFulcio, request, deadline));
  if (!response.ok()) {
    return ServiceError(kFulcio, request, response, Advice(response.status, token));
  }
  auto chain = ChainFromFulcio(response.body);
  if (!chain.ok()) return BadAnswer(kFulcio, url, Message(chain.status()));
  RETURN_IF_ERROR(CheckLeaf(url, chain->front(), key));
  return chain;
}

}  // namespace chartseal::publisher
