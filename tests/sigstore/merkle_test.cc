#include "verifier/sigstore/merkle.h"

#include <gtest/gtest.h>

#include "tests/sandbox/merkle_tree.h"
#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

std::string LeafBody(int i) { return Cat("leaf ", i); }

// RFC 6962 §2.1.1 defines these two.
TEST(MerkleTest, LeafOfNothingIsTheHashOfAZeroByte) {
  EXPECT_EQ(HexEncode(LeafHash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(MerkleTest, ATreeOfOneLeafHasTheLeafAsRootAndAnEmptyPath) {
  const std::string leaf = LeafHash("only");
  EXPECT_TRUE(VerifyInclusion(leaf, 0, 1, {}, leaf).ok());
  const auto too_long = VerifyInclusion(leaf, 0, 1, {leaf}, leaf);
  ASSERT_FALSE(too_long.ok());
  EXPECT_EQ(too_long.rejection().detail, "the proof is too long: 1 hashes");
}

TEST(MerkleTest, EveryLeafOfEverySmallTreeIsProvenAndNoOtherPlaceIs) {
  for (int size = 1; size <= 17; ++size) {
    sandbox::MerkleTree tree;
    for (int i = 0; i < size; ++i) tree.Append(LeafBody(i));
    const std::string root = tree.Root(size);
    for (int i = 0; i < size; ++i) {
      const auto path = tree.InclusionPath(i, size);
      EXPECT_TRUE(VerifyInclusion(LeafHash(LeafBody(i)), i, size, path, root).ok()) << i << " of " << size;
      for (int wrong = 0; wrong < size; ++wrong) {
        if (wrong == i) continue;
        EXPECT_FALSE(VerifyInclusion(LeafHash(LeafBody(i)), wrong, size, path, root).ok())
            << i << " passed as " << wrong << " of " << size;
      }
    }
  }
}

struct Fixture {
  sandbox::MerkleTree tree;
  std::string root;
  std::vector<std::string> path;
  std::string leaf = LeafHash(LeafBody(5));
  Fixture() {
    for (int i = 0; i < 11; ++i) tree.Append(LeafBody(i));
    root = tree.Root(11);
    path = tree.InclusionPath(5, 11);
  }
};

std::string DetailOf(const Checked<Passed>& outcome) {
  if (outcome.ok()) return "passed";
  EXPECT_EQ(Name(outcome.rejection().reason), Name(Reason::kInclusionProofInvalid));
  return outcome.rejection().detail;
}

TEST(MerkleTest, IndexMustLieInsideTheTree) {
  Fixture f;
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, 11, 11, f.path, f.root)),
            "the proof is for leaf 11 of a tree of 11 leaves");
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, -1, 11, f.path, f.root)),
            "the proof is for leaf -1 of a tree of 11 leaves");
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, 0, 0, {}, f.leaf)),
            "the proof is for leaf 0 of a tree of 0 leaves");
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, INT64_MIN, INT64_MIN, {}, f.leaf)),
            Cat("the proof is for leaf ", INT64_MIN, " of a tree of ", INT64_MIN, " leaves"));
}

TEST(MerkleTest, PathMustHaveTheLengthOfItsPlace) {
  Fixture f;
  auto shorter = f.path;
  shorter.pop_back();
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, 5, 11, shorter, f.root)), "the proof is too short: 3 hashes");
  auto longer = f.path;
  longer.push_back(f.path.back());
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, 5, 11, longer, f.root)), "the proof is too long: 5 hashes");
}

TEST(MerkleTest, ElementsMustBeHashes) {
  Fixture f;
  f.path[1] += "x";
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, 5, 11, f.path, f.root)), "a hash of the proof has 33 bytes");
}

TEST(MerkleTest, AnyChangedBitLeadsElsewhere) {
  Fixture f;
  EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, 5, 11, f.path, f.root)), "passed");
  for (std::string& hash : f.path) {
    hash[7] ^= 1;
    EXPECT_EQ(DetailOf(VerifyInclusion(f.leaf, 5, 11, f.path, f.root)),
              "the proof for leaf 5 of 11 leads to another root hash");
    hash[7] ^= 1;
  }
}

TEST(MerkleTest, AnInnerNodeCannotPassAsALeaf) {
  const std::string a = LeafHash("a"), b = LeafHash("b");
  sandbox::MerkleTree tree;
  tree.Append("a");
  tree.Append("b");
  EXPECT_NE(LeafHash(a + b), tree.Root(2));
}

TEST(MerkleTest, TheLargestTreeDoesNotOverflow) {
  const std::vector<std::string> path(64, std::string(32, 'h'));
  EXPECT_EQ(DetailOf(VerifyInclusion(LeafHash("x"), INT64_MAX - 1, INT64_MAX, path, "")),
            "the proof is too long: 64 hashes");
}

}  // namespace
}  // namespace chartseal::sigstore
