#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/limits.h"
#include "verifier/base/node.h"

namespace chartseal {

struct JsonLimits {
  size_t max_bytes = limits::kMaxJsonBytes;
  int max_depth = limits::kMaxJsonDepth;
  size_t max_nodes = limits::kMaxJsonNodes;
};

// RFC 8259, strictly: one value and nothing after it, valid UTF-8, no duplicate keys in an object, no
// comments, no NaN, no number beyond double. `where` names the file or URL in errors. Errors: InvalidArgument
// with Reason::kJsonMalformed and the byte (from 1) or the key that is wrong; ResourceExhausted with
// Reason::kLimitExceeded. Memory is bounded by the limits; depth is checked while reading.
absl::StatusOr<Node> ParseJson(std::string_view text, std::string_view where,
                               const JsonLimits& json_limits = {});

enum class JsonStyle { kCompact, kPretty };

// Members in the order in which they were set. Bytes that are not UTF-8 become U+FFFD. Never used for
// anything that is signed or hashed (design: signed bytes are never re-serialised).
std::string WriteJson(const Node& node, JsonStyle style = JsonStyle::kCompact);

}  // namespace chartseal
