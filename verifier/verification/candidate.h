#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "verifier/base/verdict.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/cosign_legacy.h"
#include "verifier/sigstore/verify.h"
#include "verifier/verification/verdict.h"

namespace chartseal::verification {

using CandidateContent = std::variant<sigstore::Bundle, sigstore::LegacySignature>;

// The bytes that a candidate was read from, as the registry gave them: enough to read it again.
struct RawContent {
  enum class Format { kBundle, kSimpleSigning, kEnvelope };
  Format format = Format::kBundle;
  std::string bytes;
  std::map<std::string, std::string> annotations;  // of the layer; empty for a bundle
};
std::string_view Name(RawContent::Format format);  // "bundle", "simple-signing", "dsse"

// One attached thing that may be a signature or attestation: decoded, or the reason why it could not be.
struct Candidate {
  Layout layout = Layout::kFile;
  std::string
      source;  // for people: "ghcr.io/acme/app@sha256:…" (the referrer), with the layer for legacy tags
  absl::StatusOr<CandidateContent> content;
  // Null when the blob was never read, because what names it could not be; then `content` says why.
  std::shared_ptr<const RawContent> raw = nullptr;
  // Where it was found when that is not the artifact's own repository: an entry of
  // policy::Authority::sources.
  std::string repository = "";
};

// Reads `raw`; what cannot be read is a candidate as well.
Candidate MakeCandidate(Layout layout, std::string source, std::shared_ptr<const RawContent> raw);

// The predicate type that the content claims, before anything is verified: enough to turn it away, never to
// let it in. Nullopt when it is no statement.
std::optional<std::string> ClaimedPredicate(const CandidateContent& content);

// sigstore::VerifyBundle or VerifyLegacy, as the content needs.
Checked<sigstore::VerifiedSignature> VerifyCandidate(const CandidateContent& content,
                                                     const sigstore::Artifact& artifact,
                                                     const sigstore::TrustedRoot& root,
                                                     const sigstore::VerifyOptions& options);

}  // namespace chartseal::verification
