#pragma once

#include <memory>
#include <string>
#include <utility>

#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::webhook {

// Everything that decides, at one moment. Immutable; a request works with one from beginning to end. What
// changes is replaced as a whole.
struct PolicySnapshot {
  policy::PolicySet policies;
  std::shared_ptr<const sigstore::TrustedRoot> root;  // for authorities without one of their own
  std::string root_fingerprint;                       // SHA-256, in hex, of the JSON that it was read from
  // False while some of what was announced has not been read yet: a policy that denies could be among it, so
  // nothing is decided by such a snapshot.
  bool complete = true;
};

// Where the request path takes it from; never null. Thread-safe; the call costs an atomic read.
class PolicySource {
 public:
  virtual ~PolicySource() = default;
  virtual std::shared_ptr<const PolicySnapshot> Current() const = 0;
};

// Policies that never change.
class FixedPolicies : public PolicySource {
 public:
  explicit FixedPolicies(PolicySnapshot snapshot)
      : snapshot_(std::make_shared<const PolicySnapshot>(std::move(snapshot))) {}
  std::shared_ptr<const PolicySnapshot> Current() const override { return snapshot_; }

 private:
  const std::shared_ptr<const PolicySnapshot> snapshot_;
};

}  // namespace chartseal::webhook
