#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

namespace chartseal {

// One YAML document, strictly: valid UTF-8 without byte order mark or control characters, no duplicate keys,
// anchors, aliases, tags, empty flow entries or second document; keys are strings as they stand ("<<" merges
// nothing). Plain scalars follow the YAML 1.2 core schema (true/false, null, integers, floats; so yes and no
// are strings and 010 is ten); quoted and block scalars are strings. Every node knows its line. `where` names
// the file in errors. Errors: InvalidArgument with Reason::kYamlMalformed, line and column (in bytes);
// ResourceExhausted with Reason::kLimitExceeded. An empty document is null.
absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where);

// As ParseYaml, for a stream of documents separated by "---" lines; empty documents are left out.
absl::StatusOr<std::vector<Node>> ParseYamlStream(std::string_view text, std::string_view where);

}  // namespace chartseal
