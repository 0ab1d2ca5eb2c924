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

// What `helm push` printed, standard output and error in one text (spec/helm-oci-kubernetes.md §2.4, §8.7);
// colours and carriage returns do not matter. Retries print several digests; the last one counts.
// InvalidArgument with kHelmOutputMalformed when there is none, when the last line that begins with "Digest:"
// is not exactly a sha256 digest, when another digest stands inside a line after it (two outputs that ran
// into one another), when it follows "Pulled:", or when "Pushed:" before it names no reference;
// ResourceExhausted with kLimitExceeded over limits::kMaxTextOfOthersBytes. What it says is a hint until the
// registry was asked.
absl::StatusOr<HelmOutput> ParseHelmOutput(std::string_view text);

}  // namespace chartseal::publisher
