#include "verifier/policy/policy.h"

#include <algorithm>

#include "verifier/base/strings.h"

namespace chartseal::policy {
namespace {

// How far a signature got with an identity; the furthest is the one worth explaining.
int Closeness(const Rejection& rejection) {
  switch (rejection.reason) {
    case Reason::kClaimMismatch:
      return 3;
    case Reason::kIdentityMismatch:
      return 2;
    default:
      return 1;
  }
}

bool AnyMatches(const std::vector<Glob>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.Matches(text); });
}

// What is not known never excludes: a policy that is left out could let something in.
bool Selects(const std::optional<LabelSelector>& selector, const Labels* labels) {
  return !selector.has_value() || labels == nullptr || selector->Matches(*labels);
}

bool CoversNamespace(const Policy& policy, const Use& use) {
  if (!use.namespace_name.empty() && !policy.namespaces.empty() &&
      !AnyMatches(policy.namespaces, use.namespace_name)) {
    return false;
  }
  return Selects(policy.namespace_selector, use.namespace_labels);
}

// Group and resource exactly, the version exactly or any (spec/peers.md §2.2, "match").
bool CoversResource(const ResourceRule& rule, const Use& use) {
  return rule.group == use.group && rule.resource == use.resource &&
         (rule.version == "*" || rule.version == use.version) && Selects(rule.selector, use.object_labels);
}

bool CoversResource(const Policy& policy, const Use& use) {
  if (policy.resources.empty() || use.resource.empty()) return true;
  return std::any_of(policy.resources.begin(), policy.resources.end(),
                     [&](const ResourceRule& rule) { return CoversResource(rule, use); });
}

bool CoversName(const Policy& policy, const Use& use) {
  const std::vector<Glob>& globs = use.kind == ArtifactKind::kImage ? policy.images : policy.charts;
  return use.name.empty() ? !globs.empty() : AnyMatches(globs, use.name);
}

bool Covers(const Policy& policy, const Use& use) {
  return CoversNamespace(policy, use) && CoversResource(policy, use) && CoversName(policy, use);
}

}  // namespace

Checked<Passed> Authority::Accepts(const sigstore::VerifiedSignature& signature) const {
  if (key.has_value()) return Passed{};  // verification was by this key and no other
  if (!signature.claims.has_value()) {
    return Rejection{Reason::kKeyRequired, "signed with a key pair, but an identity was asked for",
                     identities.front().ToString(), "a public key"};
  }
  std::optional<Rejection> closest;
  for (const Identity& identity : identities) {
    auto checked = identity.Check(*signature.claims);
    if (checked.ok()) return Passed{};
    if (!closest || Closeness(checked.rejection()) > Closeness(*closest)) closest = checked.rejection();
  }
  return *closest;
}

std::vector<const Policy*> PolicySet::Match(ArtifactKind kind, std::string_view name,
                                            std::string_view namespace_name) const {
  Use use;
  use.kind = kind;
  use.name = name;
  use.namespace_name = namespace_name;
  return Match(use);
}

std::vector<const Policy*> PolicySet::Match(const Use& use) const {
  std::vector<const Policy*> matching;
  for (const Policy& policy : policies) {
    if (Covers(policy, use)) matching.push_back(&policy);
  }
  return matching;
}

}  // namespace chartseal::policy
