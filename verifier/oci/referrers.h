#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/transport.h"

namespace chartseal::oci {

// Asks the referrers API, page by page. nullopt when the registry does not have it: any answer but 200 with
// exactly the type of an OCI index, except those that mean "could not tell" (401, 408, 429, 5xx), which are
// errors. With `push`, the access that a writer has already is used (spec/helm-oci-kubernetes.md §3.4;
// spec/sigstore.md §1.4).
absl::StatusOr<std::optional<std::vector<Descriptor>>> ReferrersFromApi(Transport& transport,
                                                                        const Reference& repository,
                                                                        const crypto::Digest& digest,
                                                                        absl::Time deadline,
                                                                        bool push = false);

// The index under the fallback tag sha256-<hex>; kNone when there is no such tag.
absl::StatusOr<ReferrersResult> ReferrersFromTag(ArtifactSource& source, const Reference& repository,
                                                 const crypto::Digest& digest, absl::Time deadline);

}  // namespace chartseal::oci
