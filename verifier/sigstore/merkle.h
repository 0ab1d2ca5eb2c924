#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/verdict.h"

namespace chartseal::sigstore {

// Merkle trees of RFC 6962 and RFC 9162 with SHA-256 (spec/sigstore.md §4.6). Hashes are 32 raw bytes.

// H(0x00 ‖ body): domain-separated from inner nodes, so that neither can stand for the other.
std::string LeafHash(std::string_view body);

// The root that `path` leads to from leaf `index` of a tree of `tree_size` leaves (RFC 9162 §2.1.3.2).
// Rejection kInclusionProofInvalid when the index lies outside the tree, or the path is of another length
// than this place in the tree has, or an element is no hash.
Checked<std::string> RootFromInclusion(std::string_view leaf_hash, int64_t index, int64_t tree_size,
                                       const std::vector<std::string>& path);

// The same, comparing the result with `root`.
Checked<Passed> VerifyInclusion(std::string_view leaf_hash, int64_t index, int64_t tree_size,
                                const std::vector<std::string>& path, std::string_view root);

}  // namespace chartseal::sigstore
