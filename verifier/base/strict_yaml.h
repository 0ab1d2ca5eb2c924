#pragma once

#include <functional>
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

// Says what a plain scalar (one without quotes) stands for, in place of the core schema: for readers of files
// that other programs read by another schema. Gets the text as it stands, null in its written forms too; a
// value that is not there at all ("key:") stays null without a question. What it returns for a key must be a
// string node. An error refuses the document: the place is put before its message, its reason stays.
using PlainScalarReader = std::function<absl::StatusOr<Node>(std::string_view text, bool is_key)>;

// As ParseYaml, with plain scalars read by `read_plain`.
absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where,
                               const PlainScalarReader& read_plain);

// As ParseYaml, for a stream of documents separated by "---" lines; empty documents are left out.
absl::StatusOr<std::vector<Node>> ParseYamlStream(std::string_view text, std::string_view where);

}  // namespace chartseal
