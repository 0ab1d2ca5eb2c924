#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "publisher/push/registry_writer.h"
#include "publisher/signing/signer.h"
#include "verifier/oci/manifest.h"
#include "verifier/oci/reference.h"

namespace chartseal::publisher {

// Puts `made` behind what lies under a legacy tag ("sha256-….sig") of the repository: reads the manifest,
// appends a layer and writes it again; anew when somebody else wrote it meanwhile. A signature by the same
// key over the same payload that is there already is success without a write. The registry has no
// compare-and-swap: two writers at the same moment can still lose one another's layer, as with cosign.
//
// `predicate_type` empty: a signature, else an attestation. Errors: those of RegistryWriter and of
// legacy_writer.h.
absl::Status AppendToLegacyTag(RegistryWriter& writer, const oci::Reference& tagged,
                               const MadeSignature& made, std::string_view predicate_type,
                               absl::Time deadline);

}  // namespace chartseal::publisher
