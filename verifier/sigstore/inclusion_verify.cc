#include "verifier/sigstore/inclusion_verify.h"

#include <string>

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/checkpoint.h"
#include "verifier/sigstore/merkle.h"

namespace chartseal::sigstore {
namespace {

Rejection OriginMismatch(std::string expected, std::string_view found) {
  return Rejection{Reason::kCheckpointOrigin, "the checkpoint's origin", std::move(expected),
                   Printable(found)};
}

Rejection Mismatch(std::string_view what, std::string checkpoint, std::string proof) {
  return Rejection{Reason::kCheckpointMismatch, Cat("checkpoint and inclusion proof differ in ", what),
                   std::move(checkpoint), std::move(proof)};
}

Checked<Passed> CompareSize(const Checkpoint& checkpoint, int64_t tree_size) {
  if (checkpoint.tree_size == tree_size) return Passed{};
  return Mismatch("tree size", Cat(checkpoint.tree_size), Cat(tree_size));
}

Checked<Passed> CompareRoot(const Checkpoint& checkpoint, std::string_view root_hash) {
  if (checkpoint.root_hash == root_hash) return Passed{};
  return Mismatch("root hash", HexEncode(checkpoint.root_hash), HexEncode(root_hash));
}

}  // namespace

Checked<Passed> VerifyRekorV1Inclusion(const InclusionProof& proof, std::string_view body,
                                       const TransparencyLog& log) {
  if (proof.checkpoint) {
    ASSIGN_OR_REJECT(const Checkpoint checkpoint, ParseCheckpoint(*proof.checkpoint));
    if (!checkpoint.HasTreeIdOrigin()) {
      return OriginMismatch("\"<host> - <tree id>\" of a Rekor v1 log", checkpoint.origin);
    }
    RETURN_IF_REJECTED(VerifyCheckpointSignature(checkpoint, checkpoint.OriginHost(), log));
    RETURN_IF_REJECTED(CompareSize(checkpoint, proof.tree_size));
    RETURN_IF_REJECTED(CompareRoot(checkpoint, proof.root_hash));
  }
  return VerifyInclusion(LeafHash(body), proof.log_index, proof.tree_size, proof.hashes, proof.root_hash);
}

Checked<Passed> VerifyRekorV2Inclusion(const TlogEntry& entry, std::string_view body,
                                       const TransparencyLog& log) {
  const InclusionProof& proof = *entry.inclusion_proof;
  ASSIGN_OR_REJECT(const Checkpoint checkpoint, ParseCheckpoint(*proof.checkpoint));
  if (checkpoint.origin != log.origin) return OriginMismatch(log.origin, checkpoint.origin);
  RETURN_IF_REJECTED(VerifyCheckpointSignature(checkpoint, log.origin, log));
  if (proof.tree_size != 0) RETURN_IF_REJECTED(CompareSize(checkpoint, proof.tree_size));
  if (!proof.root_hash.empty()) RETURN_IF_REJECTED(CompareRoot(checkpoint, proof.root_hash));
  if (proof.log_index != 0 && proof.log_index != entry.log_index) {
    return Rejection{Reason::kInclusionProofInvalid, "entry and inclusion proof differ in log index",
                     Cat(entry.log_index), Cat(proof.log_index)};
  }
  return VerifyInclusion(LeafHash(body), entry.log_index, checkpoint.tree_size, proof.hashes,
                         checkpoint.root_hash);
}

}  // namespace chartseal::sigstore
