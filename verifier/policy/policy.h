#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/verdict.h"
#include "verifier/policy/identity.h"
#include "verifier/policy/label_selector.h"
#include "verifier/policy/pattern.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::policy {

// The two ways in which cosign attaches a signature (spec/sigstore.md §1).
struct Formats {
  bool bundle = true;
  bool legacy = true;
};

// Says yes or no to everything (ClusterImagePolicy's `static`, spec/peers.md §2.2).
struct StaticAnswer {
  bool pass = false;
  std::string message;  // for a no; may be empty
};

// One way to be trusted: Fulcio's word for one of several identities, or a key.
struct Authority {
  std::string name;
  // Exactly one of the three is there.
  std::vector<Identity> identities;  // keyless: any one suffices
  std::optional<sigstore::ManagedKey> key;
  std::optional<StaticAnswer> always;
  sigstore::Thresholds thresholds;

  // The rest is for imported ClusterImagePolicy objects; a VerificationPolicy leaves it as it is.
  // Trusted instead of the verification's own root.
  std::shared_ptr<const sigstore::TrustedRoot> root;
  // Attestations that this authority must have made, instead of a signature.
  std::vector<std::string> attestation_types;
  Formats formats;
  // Repositories ("ghcr.io/acme/sigs") that hold what is attached, instead of the artifact's own.
  std::vector<std::string> sources;

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
enum class RequirePin { kDeny, kWarn, kAllow };

// What becomes of objects of GitOps tools that name a chart which the policy covers.
struct GitOps {
  bool pin = false;  // the webhook writes the digest into objects that have a field for it
  // Of a chart that is not named by digest or exact version, and cannot be pinned.
  RequirePin require_pin = RequirePin::kAllow;
};

// Which charts may bring CustomResourceDefinitions of some API groups: a definition must stand just so in one
// of them, and that one must be signed as the policy says.
struct DefinitionRule {
  std::vector<Glob> groups;  // over names of API groups; one suffices
  struct Source {
    std::string repository;  // "ghcr.io/acme/charts/app"
    std::string versions;    // a range as helm has it (base/semver.h); "*" for all that are stable
  };
  std::vector<Source> charts;  // any one suffices
};

// A kind of object that a ClusterImagePolicy is limited to. "*" stands for every version.
struct ResourceRule {
  std::string group;
  std::string version;
  std::string resource;
  std::optional<LabelSelector> selector;  // over the labels of the object itself
};

// A VerificationPolicy (design §5). Immutable once it is in a PolicySet.
struct Policy {
  std::string name;
  // SHA-256, in hex, of what the policy says: equal ones ask the same, in every replica and after every
  // restart. Decisions are remembered under it. Empty for a policy that no reader made.
  std::string fingerprint;
  // The document that it was read from, as JSON, for decision records; null when there is no such text.
  std::shared_ptr<const std::string> source;
  Mode mode = Mode::kEnforce;
  std::vector<Glob> images;
  std::vector<Glob> charts;
  std::vector<Glob> namespaces;  // empty: all
  std::optional<LabelSelector> namespace_selector;
  std::vector<ResourceRule> resources;  // empty: every kind of object
  bool mutate_digest = true;            // whether the webhook may write the digest into what it admits
  // Set when something that the policy asks for cannot be evaluated (kPolicyNotHonoured): whatever it covers
  // is answered with this "no".
  std::optional<Rejection> not_honoured;
  Requirement requirement;
  UnboundSubcharts unbound_subcharts = UnboundSubcharts::kDeny;
  GitOps git_ops;
  std::vector<DefinitionRule> definitions;
};

enum class ArtifactKind { kImage, kChart };

// An artifact and where it is used; borrowed for the call.
struct Use {
  ArtifactKind kind = ArtifactKind::kImage;
  // The whole repository name: "ghcr.io/acme/app". Empty when it is not known: then every policy matches that
  // covers anything of this kind.
  std::string_view name;
  std::string_view namespace_name;  // empty on the command line: every namespace rule matches
  // Null when they are not known: a selector over them then matches, since leaving a policy out could let
  // something in.
  const Labels* namespace_labels = nullptr;
  // Of the object that names it; an empty resource matches every rule.
  std::string_view group;
  std::string_view version;
  std::string_view resource;
  const Labels* object_labels = nullptr;  // as namespace_labels
};

// All policies in force. Immutable, thread-safe.
struct PolicySet {
  std::vector<Policy> policies;
  NoMatch no_match = NoMatch::kDeny;

  // Those that cover the artifact: `name` is the whole repository name ("ghcr.io/acme/app"); an empty
  // `namespace_name` (command line) matches every namespace rule. All that match must hold. Borrowed from
  // this set.
  std::vector<const Policy*> Match(ArtifactKind kind, std::string_view name,
                                   std::string_view namespace_name) const;
  // The same, by everything that a policy can be limited to.
  std::vector<const Policy*> Match(const Use& use) const;
};

}  // namespace chartseal::policy
