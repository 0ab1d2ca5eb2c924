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

absl::StatusOr<std::vector<crypto::Certificate>> ReadChain(const net::Url& url, const Node& list) {
  if (!list.is_list() || list.list().empty())
    return BadAnswer(kFulcio, url, "its certificate chain is empty");
  if (list.list().size() > limits::kMaxChainLength) {
    return BadAnswer(kFulcio, url, Cat("more than ", limits::kMaxChainLength, " certificates in its chain"));
  }
  std::vector<crypto::Certificate> chain;
  for (const Node& pem : list.list()) {
    if (!pem.is_string()) return BadAnswer(kFulcio, url, "a certificate of its chain is no PEM text");
    auto parsed = crypto::Certificate::ListFromPem(pem.string_value());
    if (!parsed.ok()) return BadAnswer(kFulcio, url, Message(parsed.status()));
    if (parsed->size() != 1) return BadAnswer(kFulcio, url, "several certificates where one is expected");
    chain.push_back(std::move(parsed->front()));
  }
  return chain;
}

absl::StatusOr<std::vector<crypto::Certificate>> ReadAnswer(const net::Url& url, std::string_view body) {
  const JsonLimits json_limits = {.max_bytes = limits::kMaxServiceAnswerBytes, .max_nodes = 1000};
  const auto answer = ParseJson(body, "answer", json_limits);
  if (!answer.ok()) return BadAnswer(kFulcio, url, Message(answer.status()));
  if (const Node* chain = answer->FindPath({"signedCertificateEmbeddedSct", "chain", "certificates"})) {
    return ReadChain(url, *chain);
  }
  if (answer->Find("signedCertificateDetachedSct") != nullptr) {
    return BadAnswer(
        kFulcio, url,
        "it did not embed a signed certificate timestamp in the certificate, so no verifier would "
        "accept the signature; a Fulcio with a certificate transparency log is needed");
  }
  return BadAnswer(kFulcio, url, "its answer holds no certificate (signedCertificateEmbeddedSct)");
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
  ASSIGN_OR_RETURN(std::vector<crypto::Certificate> chain, ReadAnswer(url, response.body));
  RETURN_IF_ERROR(CheckLeaf(url, chain.front(), key));
  return chain;
}

}  // namespace chartseal::publisher
