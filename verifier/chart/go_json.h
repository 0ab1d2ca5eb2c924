#pragma once

#include <string>

#include "verifier/base/node.h"

namespace chartseal::chart {

// Compact JSON as Go's encoder writes it: members in the node's order, "<", ">", "&", U+2028 and U+2029 as
// \u escapes, other text as raw UTF-8 (spec/helm-oci-kubernetes.md §2.1). Map keys of Go maps are sorted by
// whoever builds the node.
std::string WriteGoJson(const Node& node);

// RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, no white space. Of numbers
// only integers that a double holds exactly are taken; others are a mistake of the caller.
std::string WriteCanonicalJson(const Node& node);

}  // namespace chartseal::chart
