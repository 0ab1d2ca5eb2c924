#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chartseal::sandbox {

// The log's side of RFC 6962 §2.1: an append-only tree over leaf hashes, by the recursive definitions, with
// the hashes of full subtrees kept. Indices and sizes must be inside the tree.
class MerkleTree {
 public:
  static std::string LeafHash(std::string_view leaf);  // SHA-256(0x00 ‖ leaf)
  static std::string NodeHash(std::string_view left, std::string_view right);

  int64_t Append(std::string_view leaf) { return AppendHash(LeafHash(leaf)); }  // the new leaf's index
  int64_t AppendHash(std::string leaf_hash);
  int64_t size() const { return static_cast<int64_t>(levels_.empty() ? 0 : levels_[0].size()); }
  const std::string& leaf_hash(int64_t index) const { return levels_[0][static_cast<size_t>(index)]; }

  std::string Root() const { return Root(size()); }
  std::string Root(int64_t size) const;  // of the first `size` leaves
  // Audit path of the leaf in the tree of the first `size` leaves, nearest sibling first.
  std::vector<std::string> InclusionPath(int64_t index, int64_t size) const;

 private:
  std::string Subtree(int64_t begin, int64_t end) const;
  void Path(int64_t index, int64_t begin, int64_t end, std::vector<std::string>* path) const;

  // levels_[k][i] is the root over the leaves [i·2^k, (i+1)·2^k).
  std::vector<std::vector<std::string>> levels_;
};

}  // namespace chartseal::sandbox
