#include "verifier/sigstore/merkle.h"

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"

namespace chartseal::sigstore {
namespace {

constexpr size_t kHashBytes = 32;

std::string HashWithPrefix(char prefix, std::string_view left, std::string_view right) {
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  hasher.Update(std::string_view(&prefix, 1));
  hasher.Update(left);
  hasher.Update(right);
  return hasher.Finish();
}

std::string NodeHash(std::string_view left, std::string_view right) {
  return HashWithPrefix('\x01', left, right);
}

Rejection Invalid(std::string detail) {
  return Rejection{Reason::kInclusionProofInvalid, std::move(detail), "", ""};
}

}  // namespace

std::string LeafHash(std::string_view body) { return HashWithPrefix('\x00', body, ""); }

Checked<std::string> RootFromInclusion(std::string_view leaf_hash, int64_t index, int64_t tree_size,
                                       const std::vector<std::string>& path) {
  if (index < 0 || index >= tree_size) {
    return Invalid(Cat("the proof is for leaf ", index, " of a tree of ", tree_size, " leaves"));
  }
  uint64_t fn = static_cast<uint64_t>(index);
  uint64_t sn = static_cast<uint64_t>(tree_size) - 1;
  std::string hash(leaf_hash);
  for (const std::string& sibling : path) {
    if (sn == 0) return Invalid(Cat("the proof is too long: ", path.size(), " hashes"));
    if (sibling.size() != kHashBytes)
      return Invalid(Cat("a hash of the proof has ", sibling.size(), " bytes"));
    if ((fn & 1) != 0 || fn == sn) {
      hash = NodeHash(sibling, hash);
      // At the right edge of the tree there are levels without a sibling: skip them.
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return Invalid(Cat("the proof is too short: ", path.size(), " hashes"));
  return hash;
}

Checked<Passed> VerifyInclusion(std::string_view leaf_hash, int64_t index, int64_t tree_size,
                                const std::vector<std::string>& path, std::string_view root) {
  ASSIGN_OR_REJECT(const std::string computed, RootFromInclusion(leaf_hash, index, tree_size, path));
  if (computed != root) {
    return Rejection{Reason::kInclusionProofInvalid,
                     Cat("the proof for leaf ", index, " of ", tree_size, " leads to another root hash"),
                     HexEncode(root), HexEncode(computed)};
  }
  return Passed{};
}

}  // namespace chartseal::sigstore
