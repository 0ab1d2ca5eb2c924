#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/package/package.h"
#include "publisher/release/github_release.h"
#include "publisher/signing/signer.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::publisher {

// Borrowed for the call.
struct MirrorInput {
  const Package& package;
  const Signer& signer;
  const policy::Authority& authority;  // who signs
  const sigstore::TrustedRoot& root;
};

struct Mirrored {
  AssetOutcome archive = AssetOutcome::kUploaded;
  AssetOutcome bundle = AssetOutcome::kUploaded;
};

// The archive as an asset, and beside it NAME.sigstore.json: a signature over the archive's bytes, for those
// who download it without a registry. A bundle that is there and holds stays. Errors: those of GithubRelease
// and Signer.
absl::StatusOr<Mirrored> MirrorTo(GithubRelease& release, const MirrorInput& input, absl::Time deadline);

}  // namespace chartseal::publisher
