#pragma once

#include <string_view>

#include "verifier/base/verdict.h"
#include "verifier/sigstore/bundle.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::sigstore {

// Proof and checkpoint of a Rekor v1 entry: the index is the shard's own, size and root hash of the proof
// must be the signed checkpoint's (spec/sigstore.md §4.6, §4.7). A proof without checkpoint, which only v0.1
// bundles may have, is checked against its own root hash.
Checked<Passed> VerifyRekorV1Inclusion(const InclusionProof& proof, std::string_view body,
                                       const TransparencyLog& log);

// The same for Rekor v2: the index is the entry's, size and root hash are the checkpoint's, and what the
// proof says beside that must agree. `body` is the rebuilt one.
Checked<Passed> VerifyRekorV2Inclusion(const TlogEntry& entry, std::string_view body,
                                       const TransparencyLog& log);

}  // namespace chartseal::sigstore
