#include "verifier/verification/candidate.h"

#include "verifier/sigstore/statement.h"

namespace chartseal::verification {

std::optional<std::string> ClaimedPredicate(const CandidateContent& content) {
  const auto predicate_of = [](std::string_view payload) -> std::optional<std::string> {
    auto statement = sigstore::ParseStatement(payload);
    if (!statement.ok()) return std::nullopt;
    return statement->predicate_type;
  };
  if (const auto* bundle = std::get_if<sigstore::Bundle>(&content)) {
    const auto* envelope = std::get_if<sigstore::DsseEnvelope>(&bundle->content());
    return envelope == nullptr ? std::nullopt : predicate_of(envelope->payload);
  }
  const auto& legacy = std::get<sigstore::LegacySignature>(content);
  if (legacy.kind() == sigstore::LegacySignature::Kind::kSimpleSigning) return std::nullopt;
  return legacy.envelope() ? predicate_of(legacy.envelope()->payload) : std::nullopt;
}

Checked<sigstore::VerifiedSignature> VerifyCandidate(const CandidateContent& content,
                                                     const sigstore::Artifact& artifact,
                                                     const sigstore::TrustedRoot& root,
                                                     const sigstore::VerifyOptions& options) {
  if (const auto* bundle = std::get_if<sigstore::Bundle>(&content)) {
    return sigstore::VerifyBundle(*bundle, artifact, root, options);
  }
  return sigstore::VerifyLegacy(std::get<sigstore::LegacySignature>(content), artifact.digest, root, options);
}

}  // namespace chartseal::verification
