#include "verifier/sigstore/signed_content.h"

#include <vector>

#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

using crypto::SignatureCheck;
using crypto::SignatureScheme;

// Old signers used SHA-256 with every curve (spec/sigstore.md §4.11).
std::vector<SignatureScheme> SchemesToTry(const Signer& signer) {
  std::vector<SignatureScheme> schemes = {signer.PrimaryScheme()};
  const bool large_curve =
      signer.key.type() == crypto::KeyType::kEcdsaP384 || signer.key.type() == crypto::KeyType::kEcdsaP521;
  if (!signer.scheme && large_curve) schemes.push_back(SignatureScheme::kEcdsaSha256);
  return schemes;
}

SignatureCheck Try(const SignedContent& content, const Signer& signer, SignatureScheme scheme) {
  if (const auto bytes = content.bytes()) return signer.key.Verify(scheme, *bytes, content.signature());
  if (scheme == SignatureScheme::kEd25519) return SignatureCheck::kUnsupported;
  const auto digest = content.Digest(HashOf(scheme));
  if (!digest) return SignatureCheck::kUnsupported;
  return signer.key.VerifyDigest(scheme, *digest, content.signature());
}

}  // namespace

SignedContent SignedContent::Message(std::string_view signature, const Artifact& artifact) {
  SignedContent content;
  content.kind_ = Kind::kMessage;
  content.signature_ = signature;
  content.artifact_ = &artifact;
  return content;
}

SignedContent SignedContent::Dsse(const DsseEnvelope& envelope) {
  SignedContent content;
  content.kind_ = Kind::kDsse;
  content.signature_ = envelope.signatures.front().signature;
  content.envelope_ = &envelope;
  content.pre_auth_encoding_ = envelope.PreAuthEncoding();
  return content;
}

SignedContent SignedContent::Legacy(const LegacySignature& signature) {
  SignedContent content;
  content.kind_ = Kind::kLegacyPayload;
  content.signature_ = signature.signature();
  if (signature.kind() == LegacySignature::Kind::kDsse) {
    content = Dsse(*signature.envelope());
    content.kind_ = Kind::kLegacyAttestation;
  }
  content.blob_ = signature.payload();
  return content;
}

std::optional<std::string_view> SignedContent::bytes() const {
  switch (kind_) {
    case Kind::kMessage:
      return artifact_->bytes;
    case Kind::kLegacyPayload:
      return blob_;
    default:
      return pre_auth_encoding_;
  }
}

std::optional<std::string> SignedContent::Digest(crypto::HashAlgorithm algorithm) const {
  if (artifact_ != nullptr && artifact_->digest.algorithm() == algorithm) return artifact_->digest.bytes();
  const auto signed_bytes = bytes();
  if (!signed_bytes) return std::nullopt;
  return crypto::Hash(algorithm, *signed_bytes);
}

Checked<Passed> VerifyContentSignature(const SignedContent& content, const Signer& signer) {
  bool tried = false;
  for (const SignatureScheme scheme : SchemesToTry(signer)) {
    const SignatureCheck outcome = Try(content, signer, scheme);
    if (outcome == SignatureCheck::kValid) return Passed{};
    tried = tried || outcome == SignatureCheck::kInvalid;
  }
  const std::string how = Cat(Name(signer.PrimaryScheme()), " with a key of type ", Name(signer.key.type()));
  if (tried)
    return Rejection{Reason::kSignatureInvalid, Cat("the signature does not verify as ", how), "", ""};
  return Rejection{
      Reason::kAlgorithmUnsupported,
      Cat("cannot check ", how, content.bytes() ? "" : " when only the artifact's digest is known"), "", ""};
}

}  // namespace chartseal::sigstore
