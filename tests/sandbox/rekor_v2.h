#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/sandbox/log_entry.h"
#include "tests/sandbox/merkle_tree.h"

namespace chartseal::sandbox {

struct RekorV2Options {
  std::string host = "rekor2.sandbox.test";  // origin and key name
  int fillers_before = 3;
  int fillers_after = 2;
};

// A Rekor v2 log (rekor-tiles): checkpointed proofs, no promise and no time. Ed25519 or ECDSA P-256 by its
// key. Not thread safe.
class RekorV2 {
 public:
  RekorV2(Key key, RekorV2Options options);

  const Key& key() const { return key_; }
  const RekorV2Options& options() const { return options_; }
  std::string LogId() const;  // spec/sigstore.md §3.2

  LogEntry Append(nlohmann::json body, const LogHooks& hooks = {});

  MerkleTree& tree() { return tree_; }

 private:
  void AppendFillers(int count);

  Key key_;
  RekorV2Options options_;
  MerkleTree tree_;
};

}  // namespace chartseal::sandbox
