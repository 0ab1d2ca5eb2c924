#include "verifier/sigstore/signer.h"

#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

// A hint is opaque in general, but the usual one is base64 of the SHA-256 of the key: then a difference says
// that another key is meant, before any signature is looked at.
bool NamesAnotherKey(std::string_view hint, const crypto::PublicKey& key) {
  const auto bytes = Base64Decode(hint);
  return bytes.ok() && bytes->size() == key.spki_sha256().size() && *bytes != key.spki_sha256();
}

Checked<Passed> CheckHint(std::string_view what, std::string_view hint, const crypto::PublicKey& key) {
  if (!NamesAnotherKey(hint, key)) return Passed{};
  return Rejection{Reason::kKeyMismatch, std::string(what), Base64Encode(key.spki_sha256()),
                   Printable(hint, 64)};
}

Signer FromKey(const ManagedKey& managed) {
  return Signer{std::nullopt, {}, managed.key, managed.scheme, managed.valid_for};
}

Signer FromCertificates(const crypto::Certificate& leaf, std::vector<crypto::Certificate> untrusted) {
  return Signer{leaf, std::move(untrusted), leaf.public_key(), std::nullopt, std::nullopt};
}

Rejection CertificateUnexpected(const crypto::Certificate& leaf) {
  return Rejection{Reason::kCertificateUnexpected,
                   "a key was given, but the signature comes with a certificate", "",
                   Cat("certificate issued to \"", Printable(leaf.subject_text()), "\", serial ",
                       HexEncode(leaf.serial()))};
}

Rejection KeyRequired() {
  return Rejection{Reason::kKeyRequired,
                   "the signature has no certificate: give the public key of its signer", "", ""};
}

}  // namespace

Checked<Signer> SelectSigner(const Bundle& bundle, const std::optional<ManagedKey>& key) {
  const std::vector<crypto::Certificate>& certificates = bundle.certificates();
  if (!key) {
    if (certificates.empty()) return KeyRequired();
    return FromCertificates(certificates.front(), {certificates.begin() + 1, certificates.end()});
  }
  if (!certificates.empty()) return CertificateUnexpected(certificates.front());
  RETURN_IF_REJECTED(
      CheckHint("the bundle's key hint names another key", bundle.public_key_hint().value_or(""), key->key));
  if (const auto* envelope = std::get_if<DsseEnvelope>(&bundle.content())) {
    for (const DsseSignature& signature : envelope->signatures) {
      RETURN_IF_REJECTED(CheckHint("the envelope's keyid names another key", signature.keyid, key->key));
    }
  }
  return FromKey(*key);
}

Checked<Signer> SelectSigner(const LegacySignature& signature, const std::optional<ManagedKey>& key) {
  if (!key) {
    if (!signature.certificate()) return KeyRequired();
    return FromCertificates(*signature.certificate(), signature.chain());
  }
  if (signature.certificate()) return CertificateUnexpected(*signature.certificate());
  return FromKey(*key);
}

}  // namespace chartseal::sigstore
