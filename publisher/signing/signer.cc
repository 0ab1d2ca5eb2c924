#include "publisher/signing/signer.h"

#include <utility>

#include "publisher/signing/bundle_writer.h"
#include "publisher/signing/self_verification.h"
#include "publisher/signing/signing_evidence.h"
#include "publisher/signing/signing_plan.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/bundle.h"

namespace chartseal::publisher {
namespace {

// What is to be signed. Borrows.
struct Draft {
  ContentForm form = ContentForm::kStatement;
  std::string_view content;       // statement, payload or blob
  std::string_view signed_bytes;  // of a statement, its PAE
  sigstore::Artifact artifact;    // what it is about
};

// Who signed, after the key is gone.
struct Signed {
  std::string signature;
  crypto::PublicKey key;
  std::vector<crypto::Certificate> certificates;  // leaf first; empty with a key pair
};

absl::StatusOr<Signed> SignKeyless(const Keyless& means, const ServiceCaller& caller,
                                   std::string_view signed_bytes, absl::Time deadline) {
  ASSIGN_OR_RETURN(const IdentityToken token, means.token(deadline));
  // Lives to the end of this function, and in memory only.
  ASSIGN_OR_RETURN(const crypto::PrivateKey key, crypto::PrivateKey::Generate(crypto::KeyType::kEcdsaP256));
  ASSIGN_OR_RETURN(std::string signature, key.Sign(signed_bytes));
  ASSIGN_OR_RETURN(auto certificates,
                   RequestCertificate(caller, means.services.fulcio_url, token, key, deadline));
  RETURN_IF_ERROR(CheckIssued(certificates.front(), token));
  return Signed{std::move(signature), key.public_key(), std::move(certificates)};
}

absl::StatusOr<Signed> SignWithKey(const crypto::PrivateKey& key, std::string_view signed_bytes) {
  ASSIGN_OR_RETURN(std::string signature, key.Sign(signed_bytes));
  return Signed{std::move(signature), key.public_key(), {}};
}

LogVerifier VerifierOf(const Signed& by) {
  if (by.certificates.empty()) return {by.key.spki_der(), false, by.key.type()};
  return {by.certificates.front().der(), true, by.key.type()};
}

std::string PemOf(const crypto::Certificate& certificate) { return LogVerifier{certificate.der()}.Pem(); }

std::string BundleOf(const Draft& draft, const Signed& by, const SigningEvidence& evidence) {
  BundleMaterial material{by.certificates.empty() ? "" : by.certificates.front().der(), KeyHint(by.key),
                          evidence.log_entries, evidence.timestamps};
  if (IsStatement(draft.form)) return WriteStatementBundle(material, draft.content, by.signature);
  // Pure Ed25519 hashes nothing: the digest is for people then, and SHA-256 the one they know.
  const crypto::HashAlgorithm algorithm = by.key.type() == crypto::KeyType::kEd25519
                                              ? crypto::HashAlgorithm::kSha256
                                              : crypto::HashOf(by.key.default_scheme());
  return WriteMessageBundle(material, algorithm, crypto::Hash(algorithm, draft.content), by.signature);
}

MadeSignature Assemble(const Draft& draft, Signed by, SigningEvidence evidence, std::string envelope) {
  MadeSignature made;
  if (!IsLegacy(draft.form)) made.bundle_json = BundleOf(draft, by, evidence);
  if (draft.form == ContentForm::kLegacyPayload) made.layer = std::string(draft.content);
  if (draft.form == ContentForm::kLegacyStatement) made.layer = std::move(envelope);
  if (draft.form != ContentForm::kBlob) made.payload = std::string(draft.content);
  made.signature = std::move(by.signature);
  for (size_t i = 0; i < by.certificates.size(); ++i) {
    (i == 0 ? made.certificate_pem : made.chain_pem) += PemOf(by.certificates[i]);
  }
  made.log_entries = std::move(evidence.log_entries);
  made.timestamps = std::move(evidence.timestamps);
  return made;
}

absl::StatusOr<SigningPlan> PlanOf(const std::variant<Keyless, KeyPair>& means, ContentForm form) {
  if (const auto* keyless = std::get_if<Keyless>(&means); keyless != nullptr) {
    return PlanSigning(form, &keyless->services, true, crypto::KeyType::kEcdsaP256);
  }
  const KeyPair& pair = std::get<KeyPair>(means);
  return PlanSigning(form, pair.services ? &*pair.services : nullptr, false, pair.key->public_key().type());
}

// The steps of spec/sigstore.md §5.6 in their order, after what could be known to fail was refused.
absl::StatusOr<MadeSignature> Make(const std::variant<Keyless, KeyPair>& means, const ServiceCaller& caller,
                                   const sigstore::TrustedRoot& root, const Draft& draft,
                                   absl::Time deadline) {
  const auto* keyless = std::get_if<Keyless>(&means);
  const auto* pair = std::get_if<KeyPair>(&means);
  ASSIGN_OR_RETURN(const SigningPlan plan, PlanOf(means, draft.form));

  ASSIGN_OR_RETURN(Signed by, keyless != nullptr ? SignKeyless(*keyless, caller, draft.signed_bytes, deadline)
                                                 : SignWithKey(*pair->key, draft.signed_bytes));
  std::string envelope = IsStatement(draft.form) ? WriteEnvelope(draft.content, by.signature) : "";
  ASSIGN_OR_RETURN(
      SigningEvidence evidence,
      CollectEvidence(caller, plan, {draft.form, draft.signed_bytes, envelope, by.signature, VerifierOf(by)},
                      deadline));

  sigstore::VerifyOptions options{std::nullopt, plan.thresholds};
  if (keyless == nullptr) options.key = sigstore::ManagedKey{by.key, std::nullopt, std::nullopt};
  MadeSignature made = Assemble(draft, std::move(by), std::move(evidence), std::move(envelope));
  ASSIGN_OR_RETURN(made.verified, VerifyMade(made, draft.form, draft.artifact, root, options));
  return made;
}

std::string PreAuthEncoding(std::string_view statement) {
  return sigstore::DsseEnvelope{std::string(kInTotoPayloadType), std::string(statement), {}}
      .PreAuthEncoding();
}

}  // namespace

absl::Status Signer::CanMake(ContentForm form) const { return PlanOf(means_, form).status(); }

absl::StatusOr<MadeSignature> Signer::SignStatement(std::string_view statement, const crypto::Digest& subject,
                                                    absl::Time deadline) const {
  const std::string signed_bytes = PreAuthEncoding(statement);
  return Make(means_, caller_, *root_, {ContentForm::kStatement, statement, signed_bytes, {subject, {}}},
              deadline);
}

absl::StatusOr<MadeSignature> Signer::SignBlob(std::string_view blob, absl::Time deadline) const {
  return Make(means_, caller_, *root_,
              {ContentForm::kBlob, blob, blob, {crypto::Digest::Sha256Of(blob), blob}}, deadline);
}

absl::StatusOr<MadeSignature> Signer::SignPayload(std::string_view payload, const crypto::Digest& subject,
                                                  absl::Time deadline) const {
  return Make(means_, caller_, *root_, {ContentForm::kLegacyPayload, payload, payload, {subject, {}}},
              deadline);
}

absl::StatusOr<MadeSignature> Signer::SignLegacyStatement(std::string_view statement,
                                                          const crypto::Digest& subject,
                                                          absl::Time deadline) const {
  const std::string signed_bytes = PreAuthEncoding(statement);
  return Make(means_, caller_, *root_,
              {ContentForm::kLegacyStatement, statement, signed_bytes, {subject, {}}}, deadline);
}

}  // namespace chartseal::publisher
