#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
#include "verifier/sigstore/claims.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::publisher {

// Who a signature will be by, before it is made. `claims` holds what is foreseen of the certificate: identity
// and issuer; nullopt with a key pair.
struct ForeseenSigner {
  policy::Authority authority;
  std::optional<sigstore::Claims> claims;
};

// What a release is made with. References are borrowed; each function is called when its step's turn has
// come.
struct PublishMeans {
  std::function<absl::StatusOr<Package>()> package;
  RegistryWriter& writer;
  const Signer& signer;
  // Who the signature will be by, as far as it can be told before it is made: then one that is there already
  // is found, and not made again. Nullopt when it cannot; never for a key pair. An error when nobody could
  // sign, such as for a token of no use.
  std::function<absl::StatusOr<std::optional<ForeseenSigner>>(absl::Time deadline)> foreseen_signer;
  // A client of its own, without caches: what it sees is what others see.
  std::function<absl::StatusOr<std::shared_ptr<oci::ArtifactSource>>()> fresh_source;
  std::shared_ptr<const sigstore::TrustedRoot> root;
  // Empty when nothing is mirrored.
  std::function<absl::StatusOr<std::unique_ptr<GithubRelease>>(absl::Time deadline)> github_release;
  Progress& progress;
};

struct PublishOptions {
  std::string parent;   // "oci://host/parent"
  std::string created;  // annotation of the manifest, RFC 3339
  absl::Time now;       // of the referrers' annotations
  SignatureLayout layout = SignatureLayout::kBundle;
  std::map<std::string, std::string> annotations;  // cosign -a: signed with it
  bool attest_content = true;  // the content fingerprint statement (docs/content-fingerprint.md)
  // Who must have signed; nullopt: whoever the certificate of this run names.
  std::optional<policy::Authority> demanded;
  bool replace_tag = false;  // let the tag be moved from another digest
};

enum class StepOutcome { kNotDone, kDone, kWasThere, kFailed };
std::string_view Name(StepOutcome outcome);  // "not done", "done", "was there", "failed"

struct PublishStep {
  std::string name;
  StepOutcome outcome = StepOutcome::kNotDone;
  std::string detail;  // what was made, or why it failed
};

struct Published {
  std::string file_name;       // the archive's
  std::string archive_digest;  // of the .tgz
  std::string reference;       // "ghcr.io/org/charts/app:1.2.3@sha256:…"
  std::string digest;          // of the manifest
  std::string tag;
  std::string identity;  // that signed, and who vouched for it; empty with a key pair
  std::string issuer;
  std::string fingerprint;  // content fingerprint, hex
  std::string release_url;  // of the mirror; empty without
};

// What came of it. `steps` lists every step of the chain in its order, whether it was reached or not;
// `status` is the first failure, and `published` is what is known so far.
struct PublishResult {
  absl::Status status;
  std::vector<PublishStep> steps;
  Published published;
};

// package → push → sign → attest → verify from the registry, by digest and by tag → mirror. The order is a
// contract: the first failure ends it, and nothing later happens. What can be known to fail is asked before
// anything is written: a signer whom the token, the services or the demanded identity rule out fails the step
// "sign", and a release that is not there "mirror", while "push" is not done. Run again with the same input,
// it finds what is there and does the rest: nothing is pushed, signed or uploaded twice.
PublishResult Publish(const PublishMeans& means, const PublishOptions& options, absl::Time deadline);

}  // namespace chartseal::publisher
