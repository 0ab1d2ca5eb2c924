#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/verdict.h"
#include "verifier/policy/identity.h"
#include "verifier/policy/pattern.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::policy {

// One way to be trusted: Fulcio's word for one of several identities, or a key.
struct Authority {
  std::string name;
  std::vector<Identity> identities;         // keyless: any one suffices
  std::optional<sigstore::ManagedKey> key;  // exactly one of the two is there
  sigstore::Thresholds thresholds;

  // Whether a signature that verified under this authority's options was made by it. For a key there is
  // nothing left to check; for keyless one of the identities must hold. The rejection is that of the closest
  // identity.
  Checked<Passed> Accepts(const sigstore::VerifiedSignature& signature) const;
  sigstore::VerifyOptions Options() const { return {key, thresholds}; }
};

// What an artifact must carry: a signature by any one of the authorities, and an attestation of each type by
// any one of them. For a command line query or from a policy.
struct Requirement {
  std::vector<Authority> authorities;  // never empty
  bool signature = true;               // false: only attestations were asked for
  std::vector<std::string> attestation_types;
  std::vector<std::pair<std::string, std::string>> annotations;  // wanted in the signature (cosign -a)
};

enum class Mode { kEnforce, kWarn };
enum class NoMatch { kDeny, kWarn, kAllow };
enum class UnboundSubcharts { kDeny, kWarn, kAllow };

// A VerificationPolicy (design §5). Immutable once it is in a PolicySet.
struct Policy {
  std::string name;
  Mode mode = Mode::kEnforce;
  std::vector<Glob> images;
  std::vector<Glob> charts;
  std::vector<Glob> namespaces;  // empty: all
  Requirement requirement;
  UnboundSubcharts unbound_subcharts = UnboundSubcharts::kDeny;
};

enum class ArtifactKind { kImage, kChart };

// All policies in force. Immutable, thread-safe.
struct PolicySet {
  std::vector<Policy> policies;
  NoMatch no_match = NoMatch::kDeny;

  // Those that cover the artifact: `name` is the whole repository name ("ghcr.io/acme/app"); an empty
  // `namespace_name` (command line) matches every namespace rule. All that match must hold. Borrowed from
  // this set.
  std::vector<const Policy*> Match(ArtifactKind kind, std::string_view name,
                                   std::string_view namespace_name) const;
};

}  // namespace chartseal::policy
