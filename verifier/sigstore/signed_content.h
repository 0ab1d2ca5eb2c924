#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/signer.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::sigstore {

// A signature and what it is over, the same for all layouts, so that logs, timestamps and the signature check
// see one thing. Borrows everything it is made from.
class SignedContent {
 public:
  enum class Kind {
    kMessage,            // messageSignature: over the artifact
    kDsse,               // a bundle's envelope: over its PAE
    kLegacyPayload,      // a `.sig` layer: over the payload blob
    kLegacyAttestation,  // a `.att` layer: over the PAE of the envelope in the blob
  };

  static SignedContent Message(std::string_view signature, const Artifact& artifact);
  // Requires one signature.
  static SignedContent Dsse(const DsseEnvelope& envelope);
  static SignedContent Legacy(const LegacySignature& signature);

  Kind kind() const { return kind_; }
  bool is_dsse() const { return kind_ == Kind::kDsse || kind_ == Kind::kLegacyAttestation; }
  std::string_view signature() const { return signature_; }  // raw
  // The decoded DSSE payload; empty without an envelope.
  std::string_view payload() const { return envelope_ == nullptr ? std::string_view() : envelope_->payload; }
  // The blob of a legacy layer.
  std::string_view blob() const { return blob_; }

  // The bytes that were signed; nullopt when only their digest is known.
  std::optional<std::string_view> bytes() const;
  // Their raw digest; nullopt when it cannot be known: another algorithm's digest is all there is.
  std::optional<std::string> Digest(crypto::HashAlgorithm algorithm) const;

 private:
  SignedContent() = default;
  Kind kind_ = Kind::kMessage;
  std::string_view signature_;
  const Artifact* artifact_ = nullptr;      // kMessage
  const DsseEnvelope* envelope_ = nullptr;  // the DSSE kinds
  std::string pre_auth_encoding_;           // the DSSE kinds
  std::string_view blob_;                   // the legacy kinds
};

// The signature itself (spec/sigstore.md §4.11). Rejections: kSignatureInvalid, kAlgorithmUnsupported.
Checked<Passed> VerifyContentSignature(const SignedContent& content, const Signer& signer);

}  // namespace chartseal::sigstore
