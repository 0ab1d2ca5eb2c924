#include "publisher/release/fresh_check.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/oci/manifest.h"
#include "verifier/verification/artifact_verifier.h"
#include "verifier/verification/parallel.h"

namespace chartseal::publisher {
namespace {

absl::Status Differs(std::string_view what) {
  return WithReason(absl::FailedPreconditionError(std::string(what)), Reason::kSelfVerificationFailed);
}

absl::Status CheckTag(oci::ArtifactSource& source, const oci::Reference& reference, absl::Time deadline) {
  ASSIGN_OR_RETURN(const oci::Reference by_tag, reference.WithTag(*reference.tag()));
  ASSIGN_OR_RETURN(const oci::Descriptor named, source.ResolveTag(by_tag, deadline));
  if (named.digest == *reference.digest()) return absl::OkStatus();
  return WithReason(
      absl::FailedPreconditionError(Cat("the tag ", by_tag.ToString(), " was moved meanwhile: expected ",
                                        reference.digest()->ToString(), ", found ", named.digest.ToString(),
                                        "; next: find out who else pushes this version")),
      Reason::kTagMoved);
}

absl::Status CheckArchive(oci::ArtifactSource& source, const WhatWasPublished& published,
                          absl::Time deadline) {
  ASSIGN_OR_RETURN(const oci::ManifestBytes bytes,
                   source.FetchManifest(published.reference, *published.reference.digest(),
                                        limits::kMaxManifestBytes, deadline));
  ASSIGN_OR_RETURN(const oci::Manifest manifest, oci::Manifest::Parse(bytes.bytes, bytes.media_type));
  const auto& layers = manifest.layers();
  const auto layer = std::find_if(layers.begin(), layers.end(), [&](const oci::Descriptor& descriptor) {
    return descriptor.digest == published.archive;
  });
  if (layer == layers.end()) {
    return Differs(
        Cat("the manifest in the registry does not hold the archive ", published.archive.ToString()));
  }
  // The bytes are hashed as they come.
  return source.FetchBlob(published.reference, *layer, limits::kMaxChartArchiveBytes, deadline).status();
}

absl::Status CheckVerdict(const absl::StatusOr<verification::Verdict>& verdict, std::string_view what) {
  RETURN_IF_ERROR(verdict.status());
  if (verdict->accepted) return absl::OkStatus();
  return Differs(Cat(what, " does not verify from the registry: ", verdict->Summary()));
}

absl::Status CheckStatement(const verification::Verdict& verdict, const std::string& fingerprint) {
  const verification::Finding* decisive = verdict.Decisive();
  if (decisive == nullptr || !decisive->signature.has_value() ||
      !decisive->signature->statement.has_value()) {
    return Differs("the content fingerprint statement could not be found in the registry");
  }
  const auto stated = chart::FingerprintOf(decisive->signature->statement->predicate);
  if (stated.ok() && *stated == fingerprint) return absl::OkStatus();
  return Differs(Cat("the content fingerprint statement in the registry is of another chart: expected ",
                     fingerprint, ", found ", stated.ok() ? *stated : stated.rejection().ToString()));
}

absl::Status CheckSignatures(oci::ArtifactSource& source, const WhatWasPublished& published,
                             const policy::Authority& authority,
                             std::shared_ptr<const sigstore::TrustedRoot> root, absl::Time deadline) {
  policy::Requirement signature;
  signature.authorities.push_back(authority);
  policy::Requirement statement = signature;
  statement.signature = false;
  statement.attestation_types = {std::string(chart::kContentPredicate)};
  std::vector<const policy::Requirement*> wanted = {&signature};
  if (!published.fingerprint.empty()) wanted.push_back(&statement);
  const verification::ArtifactVerifier verifier(source, std::move(root));
  ASSIGN_OR_RETURN(const auto verdicts,
                   verifier.VerifyAll(published.reference.WithDigestOnly(*published.reference.digest()),
                                      wanted, deadline));
  RETURN_IF_ERROR(CheckVerdict(verdicts[0], "the signature"));
  if (published.fingerprint.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckVerdict(verdicts[1], "the content fingerprint statement"));
  return CheckStatement(*verdicts[1], published.fingerprint);
}

}  // namespace

absl::Status CheckPublished(oci::ArtifactSource& source, const WhatWasPublished& published,
                            const policy::Authority& authority,
                            std::shared_ptr<const sigstore::TrustedRoot> root, absl::Time deadline) {
  // None needs what another finds, so that all are asked at the same time; the first that fails is told.
  const std::function<absl::Status()> checks[] = {
      [&] { return CheckTag(source, published.reference, deadline); },
      [&] { return CheckArchive(source, published, deadline); },
      [&] { return CheckSignatures(source, published, authority, root, deadline); },
  };
  absl::Status results[std::size(checks)];
  verification::ParallelFor(std::size(checks), std::size(checks),
                            [&](size_t i) { results[i] = checks[i](); });
  for (const absl::Status& result : results) RETURN_IF_ERROR(result);
  return absl::OkStatus();
}

}  // namespace chartseal::publisher
