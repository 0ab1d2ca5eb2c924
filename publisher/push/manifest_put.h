#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "publisher/push/write_step.h"
#include "verifier/crypto/digest.h"
#include "verifier/net/headers.h"

namespace chartseal::publisher {

// A manifest as it is stored under a name.
struct StoredManifest {
  std::string bytes;
  std::string media_type;  // of the answer
  std::string etag;        // strong, quotes included; empty when the registry gives none
};

// What a tag or digest names; nullopt when there is nothing. Not hashed. Errors as WriteStep.
absl::StatusOr<std::optional<StoredManifest>> GetStored(const WriteStep& step, std::string_view name);

// PUTs a manifest under a tag or digest; `headers` may hold conditions. The answer, of whatever status; that
// of a success is checked for a contradicting Docker-Content-Digest (DataLoss/kDigestMismatch).
// ResourceExhausted/kLimitExceeded over limits::kMaxManifestBytes.
absl::StatusOr<net::HttpResponse> PutStored(const WriteStep& step, std::string_view name,
                                            std::string_view bytes, std::string_view media_type,
                                            net::Headers headers = {});

// Registries answer 201, some 200 or 202 (spec/helm-oci-kubernetes.md §3.2).
bool WasStored(const net::HttpResponse& response);

}  // namespace chartseal::publisher
