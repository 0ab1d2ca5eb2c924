#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/limits.h"
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

// For documents that others wrote for other readers, in which anchors and aliases mean something.
struct ExpandingYaml {
  PlainScalarReader read_plain;
  size_t max_bytes = limits::kMaxYamlBytes;  // of the text, and again of what aliases copy
  int max_depth = limits::kMaxYamlDepth;     // aliases expanded
  size_t max_nodes = limits::kMaxYamlNodes;  // aliases expanded; what an anchor names counts twice
};

// As ParseYaml, but an alias stands for a copy of what its anchor names, and "<<" without quotes for the
// members of the map, or of the list of maps, that is its value, as go-yaml v2 reads it: they replace those
// in front of it, and those behind it replace them; of a list, the first map wins. Keys written twice in one
// map are refused as ever.
absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where, const ExpandingYaml& expanding);

// As ParseYaml, for a stream of documents separated by "---" lines; empty documents are left out.
absl::StatusOr<std::vector<Node>> ParseYamlStream(std::string_view text, std::string_view where);

}  // namespace chartseal
