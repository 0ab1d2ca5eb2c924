#pragma once

#include <memory>

#include "verifier/verification/artifact_verifier.h"
#include "webhook/question.h"

namespace chartseal::webhook {

// Verification against a registry. `source` is borrowed and must outlive the verifier.
std::shared_ptr<ImageVerifier> MakeImageVerifier(oci::ArtifactSource& source,
                                                 std::shared_ptr<const sigstore::TrustedRoot> root);

}  // namespace chartseal::webhook
