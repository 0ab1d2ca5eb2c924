#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/verdict.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::sigstore {

// A checkpoint: the signed head of a log, as a C2SP signed note (spec/sigstore.md §4.7):
//
//   <origin>\n<tree size>\n<base64 root hash>\n[further lines\n...]\n— <name> <base64(key id,
//   signature)>\n...
struct Checkpoint {
  struct SignatureLine {
    std::string name;       // of the key
    std::string key_id;     // 4 raw bytes
    std::string signature;  // raw
  };
  std::string signed_text;  // what signatures are over, its last newline included
  std::string origin;
  int64_t tree_size = 0;
  std::string root_hash;  // 32 raw bytes
  std::vector<SignatureLine> signatures;

  // Rekor v1 writes "<host> - <tree id>"; anything else is a Rekor v2 origin.
  bool HasTreeIdOrigin() const;
  // The name under which a Rekor v1 log signs: the origin without its tree id.
  std::string_view OriginHost() const;
};

// Rejections: kCheckpointMalformed; kCheckpointNoSignature when there is no signature line at all.
Checked<Checkpoint> ParseCheckpoint(std::string_view note);

// Accepts when at least one line with `key_name` and the log's key id verifies and none with both fails;
// other lines, witnesses and further keys, are ignored. Rejections: kCheckpointNoSignature,
// kCheckpointSignatureInvalid.
Checked<Passed> VerifyCheckpointSignature(const Checkpoint& checkpoint, std::string_view key_name,
                                          const TransparencyLog& log);

}  // namespace chartseal::sigstore
