#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/object_reader.h"
#include "verifier/sigstore/bundle.h"

namespace chartseal::sigstore {

// The envelope's members from an object that a bundle holds; the reader's own reason is used for errors. Any
// number of signatures is read, up to a limit: that there must be one is for the verifier to say.
absl::StatusOr<DsseEnvelope> ReadDsseEnvelope(ObjectReader& reader);

// A DSSE envelope on its own: the blob of a legacy attestation (spec/sigstore.md §1.2). Errors carry
// Reason::kDsseMalformed, kJsonMalformed or kLimitExceeded.
absl::StatusOr<DsseEnvelope> ParseDsseEnvelope(std::string_view json, std::string_view where);

}  // namespace chartseal::sigstore
