#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "publisher/push/write_step.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/manifest.h"

// The list of what refers to a digest, kept by clients where a registry does not keep it: an OCI index under
// the tag sha256-<hex> (distribution spec, "Referrers tag schema"; spec/helm-oci-kubernetes.md §3.4).
namespace chartseal::publisher {

// `index` with `descriptor` in it: once, with its artifact type and annotations, all entries sorted by digest
// as other tools do. What else is in the index stays as it is, and an index that lists the descriptor so
// already comes back byte for byte. An empty `index` begins a new one. `media_type` is the transport's.
// InvalidArgument with kManifestMalformed or kJsonMalformed when it is no OCI index; ResourceExhausted/
// kLimitExceeded when it is full.
absl::StatusOr<std::string> ListInIndex(std::string_view index, std::string_view media_type,
                                        const oci::Descriptor& descriptor, std::string_view where);

// Reads the index of `subject`, lists the descriptor and writes it, until a read shows it there: at most
// limits::kMaxIndexWriteAttempts times when others write too. Errors as WriteStep and ListInIndex;
// Aborted/kRegistryError when it is never there.
absl::Status ListAsReferrer(const WriteStep& step, const crypto::Digest& subject,
                            const oci::Descriptor& descriptor);

}  // namespace chartseal::publisher
