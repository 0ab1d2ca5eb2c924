#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::sigstore {

struct VerifiedTimestamp {
  absl::Time time;        // genTime
  std::string authority;  // identifies the authority entry in the trusted root; distinct authorities count
};

// Verifies one RFC 3161 TimeStampResp over `signature`, the raw signature bytes (spec/sigstore.md §4.3).
// Rejections: kTimestampMalformed; kTimestampImprint; kTimestampUntrusted when no authority of the root made
// it; kTimestampInvalid, kTimestampSignerUsage, kTimestampOutsideValidity when a known authority made it but
// a rule fails.
Checked<VerifiedTimestamp> VerifyTimestamp(std::string_view der, std::string_view signature,
                                           const TrustedRoot& root);

}  // namespace chartseal::sigstore
