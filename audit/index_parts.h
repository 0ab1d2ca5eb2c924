#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"

namespace chartseal::audit {

// The index that the tag of `reference` names now, when its digest is one of the parts; nullopt when it is
// not, or when the tag is gone or names something else. `reference` has both. Errors of ArtifactSource and
// oci::Manifest::Parse().
absl::StatusOr<std::optional<crypto::Digest>> IndexWith(const oci::Reference& reference,
                                                        oci::ArtifactSource& source, absl::Time deadline);

}  // namespace chartseal::audit
