#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/policy/cluster_image_policy.h"
#include "verifier/policy/trust_root_object.h"

namespace {

using chartseal::policy::ImportedPolicy;

void Require(bool holds) {
  if (!holds) std::abort();
}

// A policy either asks for something or refuses; never neither.
void Check(const ImportedPolicy& imported) {
  const chartseal::policy::Policy& policy = imported.policy;
  Require(!policy.images.empty() && !policy.requirement.authorities.empty() && !policy.fingerprint.empty());
  Require(policy.not_honoured.has_value() == !imported.problems.empty());
  for (const auto& authority : policy.requirement.authorities) {
    Require(!authority.identities.empty() + authority.key.has_value() + authority.always.has_value() == 1);
    if (policy.not_honoured) Require(authority.always.has_value() && !authority.always->pass);
  }
}

}  // namespace

// Objects of policy-controller: TrustRoots first, then the policies that refer to them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = chartseal::ParseYamlStream(text, "input");
  if (!documents.ok()) return 0;
  chartseal::policy::TrustRoots roots;
  for (const chartseal::Node& document : *documents) {
    auto root = chartseal::policy::ReadTrustRoot(document, "input");
    if (!root.ok()) continue;
    Require((root->root == nullptr) == !root->problem.empty());
    roots.insert_or_assign(root->name, *std::move(root));
  }
  static const auto* const kRoot = new std::shared_ptr<const chartseal::sigstore::TrustedRoot>(
      std::make_shared<const chartseal::sigstore::TrustedRoot>(chartseal::sigstore::PublicGoodRoot()));
  for (const chartseal::Node& document : *documents) {
    const auto imported = chartseal::policy::ReadClusterImagePolicy(document, "input", {roots, *kRoot, {}});
    if (imported.ok()) {
      Check(*imported);
    } else {
      Require(chartseal::ReasonOf(imported.status()) == chartseal::Reason::kPolicyMalformed);
    }
  }
  return 0;
}
