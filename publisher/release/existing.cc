#include "publisher/release/existing.h"

#include <vector>

#include "verifier/chart/fingerprint.h"
#include "verifier/verification/evidence.h"
#include "verifier/verification/judge.h"

namespace chartseal::publisher {
namespace {

using verification::Finding;

// The same authority, accepting one layout only.
policy::Authority In(policy::Authority authority, SignatureLayout layout) {
  authority.formats = {.bundle = layout == SignatureLayout::kBundle,
                       .legacy = layout == SignatureLayout::kLegacy};
  return authority;
}

policy::Requirement SignatureBy(policy::Authority authority) {
  policy::Requirement requirement;
  requirement.authorities.push_back(std::move(authority));
  return requirement;
}

policy::Requirement FingerprintBy(policy::Authority authority) {
  policy::Requirement requirement = SignatureBy(std::move(authority));
  requirement.signature = false;
  requirement.attestation_types = {std::string(chart::kContentPredicate)};
  return requirement;
}

std::vector<SignatureLayout> Single(SignatureLayout layout) {
  if (layout == SignatureLayout::kBoth) return {SignatureLayout::kBundle, SignatureLayout::kLegacy};
  return {layout};
}

std::optional<SignatureLayout> Together(const std::vector<SignatureLayout>& layouts) {
  if (layouts.empty()) return std::nullopt;
  return layouts.size() == 2 ? SignatureLayout::kBoth : layouts.front();
}

// Everything attached, fetched once, judged as often as there are layouts.
class Attached {
 public:
  Attached(oci::ArtifactSource& source, const oci::Reference& artifact, bool attestations,
           const sigstore::TrustedRoot& root, absl::Time deadline)
      : artifact_{.digest = *artifact.digest(), .bytes = std::nullopt},
        root_(root),
        evidence_(verification::FetchAttached(source, artifact, *artifact.digest(),
                                              {.attestations = attestations, .sources = {}}, deadline)) {}

  // The first signature or attestation that fulfils the requirement.
  std::optional<sigstore::VerifiedSignature> Find(const policy::Requirement& requirement) const {
    if (!evidence_.ok()) return std::nullopt;
    const auto verdict = verification::Judge(*evidence_, artifact_, verification::SignatureForm::kContainer,
                                             requirement, root_);
    if (!verdict.ok() || !verdict->accepted || verdict->Decisive() == nullptr) return std::nullopt;
    return verdict->Decisive()->signature;
  }

 private:
  sigstore::Artifact artifact_;
  const sigstore::TrustedRoot& root_;
  absl::StatusOr<verification::Evidence> evidence_;
};

bool States(const std::optional<sigstore::VerifiedSignature>& attestation, std::string_view fingerprint) {
  if (!attestation.has_value() || !attestation->statement.has_value()) return false;
  const auto stated = chart::FingerprintOf(attestation->statement->predicate);
  return stated.ok() && *stated == fingerprint;
}

}  // namespace

policy::Authority ExactlyAs(const sigstore::Claims& claims) {
  policy::Identity identity;
  identity.subjects.push_back(policy::TextMatcher::Exactly(claims.identity));
  identity.issuers.push_back(policy::TextMatcher::Exactly(claims.issuer));
  policy::Authority authority;
  authority.name = "signer";
  authority.identities.push_back(std::move(identity));
  return authority;
}

ExistingSignatures FindSignatures(oci::ArtifactSource& source, const oci::Reference& artifact,
                                  const policy::Authority& authority, const sigstore::TrustedRoot& root,
                                  SignatureLayout wanted, absl::Time deadline) {
  const Attached attached(source, artifact, /*attestations=*/false, root, deadline);
  ExistingSignatures existing;
  std::vector<SignatureLayout> missing;
  for (const SignatureLayout layout : Single(wanted)) {
    auto found = attached.Find(SignatureBy(In(authority, layout)));
    if (!found.has_value()) missing.push_back(layout);
    if (found.has_value()) existing.signature = std::move(found);
  }
  existing.missing = Together(missing);
  return existing;
}

std::optional<SignatureLayout> FindFingerprint(oci::ArtifactSource& source, const oci::Reference& artifact,
                                               const policy::Authority& authority,
                                               const sigstore::TrustedRoot& root, SignatureLayout wanted,
                                               std::string_view fingerprint, absl::Time deadline) {
  const Attached attached(source, artifact, /*attestations=*/true, root, deadline);
  std::vector<SignatureLayout> missing;
  for (const SignatureLayout layout : Single(wanted)) {
    if (!States(attached.Find(FingerprintBy(In(authority, layout))), fingerprint)) missing.push_back(layout);
  }
  return Together(missing);
}

}  // namespace chartseal::publisher
