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
  std::vector<const Policy*> matching;
  for (const Policy& policy : policies) {
    const bool in_namespace =
        namespace_name.empty() || policy.namespaces.empty() || AnyMatches(policy.namespaces, namespace_name);
    if (in_namespace && AnyMatches(kind == ArtifactKind::kImage ? policy.images : policy.charts, name)) {
      matching.push_back(&policy);
    }
  }
  return matching;
}

}  // namespace chartseal::policy
