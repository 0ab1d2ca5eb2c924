#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/package/package.h"
#include "publisher/push/registry_writer.h"
#include "publisher/release/github_release.h"
#include "publisher/release/progress.h"
#include "publisher/signing/artifact_signer.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::publisher {

// What a release is made with. Everything is borrowed.
struct PublishMeans {
  RegistryWriter& writer;
  const Signer& signer;
  // A client of its own, without caches: what it sees is what others see.
  std::function<absl::StatusOr<std::shared_ptr<oci::ArtifactSource>>()> fresh_source;
  std::shared_ptr<const sigstore::TrustedRoot> root;
  // Null when nothing is mirrored. Called when the mirror's turn has come.
  std::function<absl::StatusOr<std::unique_ptr<GithubRelease>>(absl::Time deadline)> github_release;
  Progress& progress;
};

struct PublishOptions {
  std::string parent;   // "oci://host/parent"
  std::string created;  // annotation of the manifest
  absl::Time now;       // of the referrers' annotations
  SignatureLayout layout = SignatureLayout::kBundle;
  bool attest_content = true;  // the content fingerprint statement
  // Who must have signed. Nullopt: whoever the certificate of this very run names.
  std::optional<policy::Authority> authority;
};

// Each step that was done, in the order that is the contract: package, push, sign, verify, mirror.
struct PublishStep {
  std::string name;
  std::string outcome;  // "done", "was there", "failed", "not done"
  std::string detail;
};

struct Published {
  std::string file_name;  // the archive's
  std::string archive_digest;
  std::string reference;  // "ghcr.io/org/charts/app:1.2.3@sha256:…"
  std::string digest;     // of the manifest
  std::string tag;
  std::string identity;  // that signed
  std::string issuer;
  std::string fingerprint;
  std::string release_url;  // of the mirror; empty without
};

// What came of it: every step is listed whether it ended well or not, and `status` is the first failure.
struct PublishResult {
  absl::Status status;
  std::vector<PublishStep> steps;
  Published published;  // what is known so far
};

// package (already made) → push → sign and attest → verify from the registry, by digest and by tag → mirror.
// The first failure ends it: nothing later happens. Run again, it finds what is there and does the rest.
PublishResult Publish(const Package& package, const PublishMeans& means, const PublishOptions& options,
                      absl::Time deadline);

}  // namespace chartseal::publisher
