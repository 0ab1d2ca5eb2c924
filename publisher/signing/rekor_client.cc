#include "publisher/signing/rekor_kind.h"
#include "publisher/signing/rekor_v1.h"
#include "publisher/signing/rekor_v2.h"
#include "publisher/signing/services.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/protobuf_enum.h"

namespace chartseal::publisher {
namespace {

absl::Status Unloggable(std::string_view what) { return Malformed(Reason::kRekorFailed, "log entry", what); }

absl::StatusOr<crypto::PublicKey> KeyOf(const LogVerifier& verifier) {
  if (!verifier.is_certificate) return crypto::PublicKey::FromSpkiDer(verifier.der);
  ASSIGN_OR_RETURN(const crypto::Certificate certificate, crypto::Certificate::FromDer(verifier.der));
  return certificate.public_key();
}

// The key, when the log can check its signatures over `digest`: a hashedrekord holds a digest only.
absl::StatusOr<crypto::PublicKey> KeyForDigest(const LogVerifier& verifier, std::string_view digest) {
  ASSIGN_OR_RETURN(crypto::PublicKey key, KeyOf(verifier));
  if (key.type() == crypto::KeyType::kEd25519) {
    return Unloggable(
        "a log checks Ed25519 signatures over a digest only in the variant Ed25519ph, which is not "
        "supported here; use an ECDSA key");
  }
  const crypto::HashAlgorithm hash = crypto::HashOf(key.default_scheme());
  if (digest.size() != crypto::DigestSize(hash)) {
    return Unloggable(Cat("a digest of ", digest.size(), " bytes; keys of type ", crypto::Name(key.type()),
                          " sign ", crypto::Name(hash)));
  }
  return key;
}

absl::StatusOr<Node> LogSignatureV1(const ServiceCaller& caller, const RekorService& rekor,
                                    std::string_view digest, std::string_view signature,
                                    const LogVerifier& verifier, std::string_view hash_name,
                                    absl::Time deadline) {
  Node hash = Node::MakeMap().Set("algorithm", hash_name).Set("value", HexEncode(digest));
  Node key = Node::MakeMap().Set("content", Base64Encode(verifier.Pem()));
  Node spec = Node::MakeMap();
  spec.Set("data", Node::MakeMap().Set("hash", std::move(hash)));
  spec.Set("signature",
           Node::MakeMap().Set("content", Base64Encode(signature)).Set("publicKey", std::move(key)));
  return PostToRekorV1(caller, rekor.url, "hashedrekord", "0.0.1", std::move(spec), deadline);
}

absl::StatusOr<Node> LogSignatureV2(const ServiceCaller& caller, const RekorService& rekor,
                                    std::string_view digest, std::string_view signature,
                                    const LogVerifier& verifier, const crypto::PublicKey& key,
                                    absl::Time deadline) {
  const std::string_view details = sigstore::KeyDetailsName(key);
  if (details.empty()) {
    return Unloggable(Cat("Rekor v2 has no name for keys of type ", crypto::Name(key.type()), " with ",
                          key.bits(), " bits"));
  }
  Node who = Node::MakeMap();
  who.Set(verifier.is_certificate ? "x509Certificate" : "publicKey",
          Node::MakeMap().Set("rawBytes", Base64Encode(verifier.der)));
  who.Set("keyDetails", details);
  Node request = Node::MakeMap();
  request.Set("digest", Base64Encode(digest));
  request.Set("signature",
              Node::MakeMap().Set("content", Base64Encode(signature)).Set("verifier", std::move(who)));
  return PostToRekorV2(caller, rekor.url, std::move(request), deadline);
}

absl::Status UnknownVersion(const RekorService& rekor) {
  return Unloggable(Cat(rekor.url, " speaks version ", rekor.version, " of Rekor's API; known are 1 and 2"));
}

}  // namespace

std::string LogVerifier::Pem() const { return PemEncode(is_certificate ? "CERTIFICATE" : "PUBLIC KEY", der); }

absl::StatusOr<Node> LogSignature(const ServiceCaller& caller, const RekorService& rekor,
                                  std::string_view digest, std::string_view signature,
                                  const LogVerifier& verifier, absl::Time deadline) {
  ASSIGN_OR_RETURN(const crypto::PublicKey key, KeyForDigest(verifier, digest));
  if (rekor.version == 2) {
    return LogSignatureV2(caller, rekor, digest, signature, verifier, key, deadline);
  }
  if (rekor.version != 1) return UnknownVersion(rekor);
  const std::string_view hash_name = crypto::Name(crypto::HashOf(key.default_scheme()));
  return LogSignatureV1(caller, rekor, digest, signature, verifier, hash_name, deadline);
}

absl::StatusOr<Node> LogEnvelope(const ServiceCaller& caller, const RekorService& rekor,
                                 std::string_view envelope, const LogVerifier& verifier,
                                 absl::Time deadline) {
  if (rekor.version != 1) {
    return Unloggable(
        Cat(rekor.url, " is not of Rekor's API version 1, the only one with entries of kind dsse"));
  }
  Node verifiers = Node::MakeList();
  verifiers.Append(Node::String(Base64Encode(verifier.Pem())));
  Node proposed = Node::MakeMap().Set("envelope", envelope).Set("verifiers", std::move(verifiers));
  Node spec = Node::MakeMap().Set("proposedContent", std::move(proposed));
  return PostToRekorV1(caller, rekor.url, "dsse", "0.0.1", std::move(spec), deadline);
}

absl::StatusOr<Node> LogToAny(const RekorService& rekor, const std::vector<RekorService>& others,
                              const std::function<absl::StatusOr<Node>(const RekorService&)>& log) {
  auto entry = log(rekor);
  for (const RekorService& other : others) {
    if (!absl::IsUnimplemented(entry.status())) break;
    entry = log(other);
  }
  return entry;
}

}  // namespace chartseal::publisher
