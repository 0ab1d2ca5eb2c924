#include "verifier/verification/candidate.h"

#include <utility>

#include "verifier/sigstore/statement.h"

namespace chartseal::verification {
namespace {

absl::StatusOr<CandidateContent> Decode(const RawContent& raw, std::string_view where) {
  using sigstore::LegacySignature;
  if (raw.format == RawContent::Format::kBundle) return sigstore::Bundle::ParseJson(raw.bytes, where);
  const bool dsse = raw.format == RawContent::Format::kEnvelope;
  return LegacySignature::Create(dsse ? LegacySignature::Kind::kDsse : LegacySignature::Kind::kSimpleSigning,
                                 raw.bytes, raw.annotations, where);
}

}  // namespace

std::string_view Name(RawContent::Format format) {
  switch (format) {
    case RawContent::Format::kBundle:
      return "bundle";
    case RawContent::Format::kSimpleSigning:
      return "simple-signing";
    case RawContent::Format::kEnvelope:
      return "dsse";
  }
  return "unknown";
}

Candidate MakeCandidate(Layout layout, std::string source, std::shared_ptr<const RawContent> raw) {
  absl::StatusOr<CandidateContent> content = Decode(*raw, source);
  return {layout, std::move(source), std::move(content), std::move(raw)};
}

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
