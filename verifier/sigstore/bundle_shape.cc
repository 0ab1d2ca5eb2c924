#include "verifier/sigstore/bundle_shape.h"

#include <set>
#include <string>
#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

Rejection Refuse(Reason reason, std::string detail) { return Rejection{reason, std::move(detail), "", ""}; }

Checked<Passed> CheckContent(const Bundle& bundle) {
  if (std::holds_alternative<std::monostate>(bundle.content())) {
    return Refuse(Reason::kBundleContent, "the bundle has neither messageSignature nor dsseEnvelope");
  }
  const auto* envelope = std::get_if<DsseEnvelope>(&bundle.content());
  if (envelope != nullptr && envelope->signatures.size() != 1) {
    return Rejection{Reason::kDsseSignatureCount, "signatures of the DSSE envelope", "1",
                     Cat(envelope->signatures.size())};
  }
  return Passed{};
}

Checked<Passed> CheckMaterial(const Bundle& bundle) {
  if (bundle.has_certificate_chain_field() && bundle.version() == BundleVersion::kV03) {
    return Refuse(Reason::kBundleChainNotAllowed, "a v0.3 bundle carries x509CertificateChain");
  }
  if (!bundle.certificates().empty() || bundle.public_key_hint()) return Passed{};
  if (bundle.has_certificate_chain_field()) {
    return Refuse(Reason::kBundleEmptyChain, "x509CertificateChain has no certificate");
  }
  return Refuse(Reason::kBundleNoMaterial, "verificationMaterial has neither certificate nor publicKey");
}

// Trust comes from the trusted root alone: a root that came along can only mislead.
Checked<Passed> CheckCertificates(const Bundle& bundle) {
  for (const crypto::Certificate& certificate : bundle.certificates()) {
    if (certificate.is_self_signed()) {
      return Refuse(Reason::kBundleRootCertificate,
                    Cat("self-signed: \"", Printable(certificate.subject_text()), "\""));
    }
  }
  if (!bundle.certificates().empty() && bundle.certificates().front().is_ca()) {
    return Refuse(Reason::kCertificateIsCa,
                  Cat("the first certificate is a certificate authority: \"",
                      Printable(bundle.certificates().front().subject_text()), "\""));
  }
  return Passed{};
}

Checked<Passed> CheckLogEntriesDistinct(const Bundle& bundle) {
  std::set<std::pair<std::string_view, int64_t>> seen;
  for (const TlogEntry& entry : bundle.tlog_entries()) {
    if (!seen.emplace(entry.log_id, entry.log_index).second) {
      return Refuse(Reason::kDuplicateLogEntry,
                    Cat("index ", entry.log_index, " of log ", HexEncode(entry.log_id), " is listed twice"));
    }
  }
  return Passed{};
}

}  // namespace

Checked<Passed> CheckBundleShape(const Bundle& bundle) {
  RETURN_IF_REJECTED(CheckContent(bundle));
  RETURN_IF_REJECTED(CheckMaterial(bundle));
  RETURN_IF_REJECTED(CheckCertificates(bundle));
  return CheckLogEntriesDistinct(bundle);
}

}  // namespace chartseal::sigstore
