#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/crypto/certificate.h"

namespace chartseal::publisher {

// The certificates of an answer of Fulcio's v2 API (spec/sigstore.md §5.2), leaf first, at least one.
// InvalidArgument (kFulcioFailed) when it cannot be read, or carries a certificate whose timestamp stands
// beside it.
absl::StatusOr<std::vector<crypto::Certificate>> ChainFromFulcio(std::string_view answer);

}  // namespace chartseal::publisher
