#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/crypto/digest.h"

namespace chartseal::publisher {

struct HelmOutput {
  crypto::Digest digest;  // of the last "Digest:" line
  std::optional<std::string>
      reference;  // of the last "Pushed:" line before it: "ghcr.io/org/charts/app:1.2.3"
};

// What `helm push` printed, standard output and error in one text (spec/helm-oci-kubernetes.md §2.4, §8.7).
// Retries print several digests; the last one counts. InvalidArgument with kHelmOutputMalformed when there is
// none, or when the last line that begins with "Digest:" is not a sha256 digest.
absl::StatusOr<HelmOutput> ParseHelmOutput(std::string_view text);

}  // namespace chartseal::publisher
