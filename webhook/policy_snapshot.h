#pragma once

#include <memory>
#include <string>

#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::webhook {

// Everything that decides, at one moment. Immutable; a request works with one from beginning to end. What
// changes is replaced as a whole.
struct PolicySnapshot {
  policy::PolicySet policies;
  std::shared_ptr<const sigstore::TrustedRoot> root;  // for authorities without one of their own
  std::string root_fingerprint;                       // SHA-256, in hex, of the JSON that it was read from
};

// Where the request path takes it from. Thread-safe; the call costs an atomic read.
class PolicySource {
 public:
  virtual ~PolicySource() = default;
  virtual std::shared_ptr<const PolicySnapshot> Current() const = 0;
};

}  // namespace chartseal::webhook
