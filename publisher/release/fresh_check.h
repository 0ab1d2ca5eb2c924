#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::publisher {

struct WhatWasPublished {
  oci::Reference reference;  // with tag and digest
  crypto::Digest archive;    // of the .tgz
  std::string fingerprint;   // that must be attested; empty when none need be
};

// What a stranger finds in the registry is what was published: the tag names the digest, the manifest holds
// the archive, the signature and the statement of the fingerprint are there and by `authority`. Errors:
// FailedPrecondition with kTagMoved or kSelfVerificationFailed; those of ArtifactSource.
absl::Status CheckPublished(oci::ArtifactSource& source, const WhatWasPublished& published,
                            const policy::Authority& authority,
                            std::shared_ptr<const sigstore::TrustedRoot> root, absl::Time deadline);

}  // namespace chartseal::publisher
