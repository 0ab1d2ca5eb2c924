#include "tests/sandbox/merkle_tree.h"

#include <gtest/gtest.h>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

// The eight leaves and the roots that the certificate transparency project publishes for RFC 6962.
const char* const kLeaves[] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
const char* const kRoots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                              "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                              "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                              "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                              "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                              "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                              "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                              "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

MerkleTree Published() {
  MerkleTree tree;
  for (const char* leaf : kLeaves) tree.Append(HexDecode(leaf));
  return tree;
}

// RFC 9162 §2.1.3.2, written out a second time here so that the tree is not checked with itself.
std::string RootFromPath(std::string hash, int64_t index, int64_t size,
                         const std::vector<std::string>& path) {
  int64_t fn = index;
  int64_t sn = size - 1;
  for (const std::string& sibling : path) {
    if (sn == 0) return "path too long";
    if (fn % 2 == 1 || fn == sn) {
      hash = MerkleTree::NodeHash(sibling, hash);
      while (fn % 2 == 0 && fn != 0) fn /= 2, sn /= 2;
    } else {
      hash = MerkleTree::NodeHash(hash, sibling);
    }
    fn /= 2;
    sn /= 2;
  }
  return sn == 0 ? hash : "path too short";
}

TEST(MerkleTree, RootsAreThePublishedOnesAtEverySize) {
  const MerkleTree tree = Published();
  for (int64_t size = 1; size <= 8; ++size) EXPECT_EQ(HexEncode(tree.Root(size)), kRoots[size - 1]) << size;
}

TEST(MerkleTree, EmptyTreeHasTheHashOfNothing) { EXPECT_EQ(MerkleTree().Root(), Sha256("")); }

TEST(MerkleTree, EveryPathOfEverySizeLeadsToTheRoot) {
  MerkleTree tree;
  for (int i = 0; i < 70; ++i) tree.Append(std::to_string(i));
  for (int64_t size = 1; size <= 70; ++size) {
    for (int64_t index = 0; index < size; ++index) {
      EXPECT_EQ(RootFromPath(tree.leaf_hash(index), index, size, tree.InclusionPath(index, size)),
                tree.Root(size))
          << index << " of " << size;
    }
  }
}

TEST(MerkleTree, PathOfAnotherLeafLeadsElsewhere) {
  const MerkleTree tree = Published();
  EXPECT_NE(RootFromPath(tree.leaf_hash(3), 3, 8, tree.InclusionPath(4, 8)), tree.Root(8));
}

}  // namespace
}  // namespace chartseal::sandbox
