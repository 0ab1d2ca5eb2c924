#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "verifier/base/verdict.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::sigstore {

// What a signed entry timestamp (SET) of Rekor v1 is over (spec/sigstore.md §4.5). Borrows the body.
struct SetContent {
  std::string_view body;        // canonical entry, decoded
  int64_t integrated_time = 0;  // Unix seconds
  int64_t log_index = 0;        // global
  std::string_view log_id;      // raw
};

// The canonical JSON (RFC 8785) that the log signs.
std::string SetMessage(const SetContent& content);

// Rejection kSetInvalid.
Checked<Passed> VerifySet(std::string_view signature, const SetContent& content, const TransparencyLog& log);

}  // namespace chartseal::sigstore
