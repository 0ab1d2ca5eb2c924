#include "tests/sandbox/merkle_tree.h"

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

// The largest power of two below the width.
int64_t SplitPoint(int64_t width) {
  int64_t split = 1;
  while (split * 2 < width) split *= 2;
  return split;
}

}  // namespace

std::string MerkleTree::LeafHash(std::string_view leaf) {
  return Sha256(std::string(1, '\0') + std::string(leaf));
}

std::string MerkleTree::NodeHash(std::string_view left, std::string_view right) {
  return Sha256(std::string(1, '\1') + std::string(left) + std::string(right));
}

int64_t MerkleTree::AppendHash(std::string leaf_hash) {
  const int64_t index = size();
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].push_back(std::move(leaf_hash));
  for (size_t k = 0; levels_[k].size() % 2 == 0; ++k) {
    if (levels_.size() == k + 1) levels_.emplace_back();
    const size_t last = levels_[k].size();
    levels_[k + 1].push_back(NodeHash(levels_[k][last - 2], levels_[k][last - 1]));
  }
  return index;
}

std::string MerkleTree::Root(int64_t size) const { return size == 0 ? Sha256("") : Subtree(0, size); }

std::string MerkleTree::Subtree(int64_t begin, int64_t end) const {
  const int64_t width = end - begin;
  if ((width & (width - 1)) == 0) {
    size_t level = 0;
    while ((int64_t{1} << level) < width) ++level;
    return levels_[level][static_cast<size_t>(begin >> level)];
  }
  const int64_t split = SplitPoint(width);
  return NodeHash(Subtree(begin, begin + split), Subtree(begin + split, end));
}

std::vector<std::string> MerkleTree::InclusionPath(int64_t index, int64_t size) const {
  Require(index >= 0 && index < size && size <= this->size(), "an inclusion path outside the tree");
  std::vector<std::string> path;
  Path(index, 0, size, &path);
  return path;
}

void MerkleTree::Path(int64_t index, int64_t begin, int64_t end, std::vector<std::string>* path) const {
  if (end - begin <= 1) return;
  const int64_t middle = begin + SplitPoint(end - begin);
  if (index < middle) {
    Path(index, begin, middle, path);
    path->push_back(Subtree(middle, end));
  } else {
    Path(index, middle, end, path);
    path->push_back(Subtree(begin, middle));
  }
}

}  // namespace chartseal::sandbox
