#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/time/time.h"
#include "tests/sandbox/log_entry.h"
#include "tests/sandbox/merkle_tree.h"

namespace chartseal::sandbox {

struct RekorV1Options {
  std::string host = "rekor.sandbox.test";
  int64_t tree_id = 1234;          // origin is "<host> - <tree id>"
  int64_t shard_offset = 500'000;  // global index of the tree's first entry
  int fillers_before = 5;  // unrelated entries in front, and behind each entry, so that proofs go both ways
  int fillers_after = 2;
};

// A Rekor v1 log: promises (SET), shard-relative proofs, P-256 checkpoints. Not thread safe.
class RekorV1 {
 public:
  RekorV1(Key key, RekorV1Options options);

  const Key& key() const { return key_; }
  const RekorV1Options& options() const { return options_; }
  std::string LogId() const;  // SHA-256 of the public key info
  std::string Origin() const;

  // Includes a body at `time`; kind and version are read from it. The proof is against the tree after the
  // fillers.
  LogEntry Append(nlohmann::json body, absl::Time time, const LogHooks& hooks = {});

  MerkleTree& tree() { return tree_; }

 private:
  void AppendFillers(int count);
  std::string SignPromise(const LogEntry& entry, const LogHooks& hooks) const;

  Key key_;
  RekorV1Options options_;
  MerkleTree tree_;
};

}  // namespace chartseal::sandbox
