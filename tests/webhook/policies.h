#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "verifier/base/strings.h"
#include "verifier/policy/policy_file.h"
#include "webhook/policy_snapshot.h"

namespace chartseal::webhook {

// A policy document as an operator writes it. `extra` goes into its spec.
inline std::string PolicyText(std::string_view name, std::string_view mode, std::string_view images,
                              std::string_view extra = "") {
  return Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: ", name,
             " }\nspec:\n  mode: ", mode, "\n  match: { images: [\"", images, "\"] }\n", extra,
             "  authorities:\n  - name: release\n    keyless:\n      identities:\n"
             "      - { issuer: \"https://issuer.test\", subject: \"https://good.test/release\" }\n");
}

inline std::shared_ptr<const policy::PolicySet> Policies(const std::string& text) {
  auto set = policy::ParsePolicyFile(text, "test.yaml");
  EXPECT_TRUE(set.ok()) << set.status();
  return set.ok() ? std::make_shared<const policy::PolicySet>(*std::move(set)) : nullptr;
}

// The same as a source of policies, with the root of the public-good instance.
inline std::shared_ptr<const PolicySource> Fixed(const std::string& text) {
  const auto set = Policies(text);
  return std::make_shared<const FixedPolicies>(PolicySnapshot{
      set == nullptr ? policy::PolicySet() : *set,
      std::shared_ptr<const sigstore::TrustedRoot>(&sigstore::PublicGoodRoot(), [](const auto*) {}), "root"});
}

}  // namespace chartseal::webhook
