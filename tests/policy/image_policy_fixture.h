#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/policy/cluster_image_policy.h"
#include "verifier/policy/trust_root_object.h"

// Objects of policy-controller in the shape of spec/peers.md §2.2.
namespace chartseal::policy {

inline const sandbox::Sigstore& TestSigstore() {
  static const auto* const sigstore = new sandbox::Sigstore();
  return *sigstore;
}

inline std::shared_ptr<const sigstore::TrustedRoot> DefaultRoot() {
  static const auto* const root = new std::shared_ptr(std::make_shared<const sigstore::TrustedRoot>(
      sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(TestSigstore()), "default root").value()));
  return *root;
}

inline Node YamlObject(std::string_view text) { return ParseYamlStream(text, "test").value().front(); }

// `lines`, each set off by `spaces`.
inline std::string Indented(std::string_view lines, int spaces) {
  std::string out;
  bool at_start = true;
  for (const char c : lines) {
    if (at_start && c != '\n') out.append(static_cast<size_t>(spaces), ' ');
    out.push_back(c);
    at_start = c == '\n';
  }
  return out;
}

inline Node ImagePolicyObject(std::string_view spec, std::string_view version = "v1beta1") {
  return YamlObject(Cat("apiVersion: policy.sigstore.dev/", version, "\n",
                        "kind: ClusterImagePolicy\n"
                        "metadata: { name: acme, resourceVersion: \"7\", uid: 1-2-3 }\n"
                        "status: { conditions: [] }\n"
                        "spec:\n",
                        Indented(spec, 2)));
}

inline Node TrustRootObjectNode(std::string_view name, std::string_view spec) {
  return YamlObject(Cat("apiVersion: policy.sigstore.dev/v1alpha1\nkind: TrustRoot\nmetadata: { name: ", name,
                        " }\nspec:\n", Indented(spec, 2)));
}

// A policy over ghcr.io/acme/** with this one authority (its members, without the dash).
inline std::string WithAuthority(std::string_view authority) {
  return Cat("images: [ { glob: \"ghcr.io/acme/**\" } ]\nauthorities:\n-\n", Indented(authority, 2), "\n");
}

inline constexpr std::string_view kKeyless = R"(keyless:
  identities:
  - issuer: https://token.actions.githubusercontent.com
    subject: https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main
)";

inline std::string PemChain(const std::vector<std::string>& chain) {
  std::string pem;
  for (const std::string& certificate : chain) pem += sandbox::PemEncode("CERTIFICATE", certificate);
  return pem;
}

// The sigstoreKeys of a private Sigstore.
inline std::string SigstoreKeys(const sandbox::Sigstore& sigstore) {
  const auto log = [](std::string_view url, const sandbox::Key& key) {
    return Cat("- baseURL: https://", url,
               "\n  hashAlgorithm: sha-256\n  publicKey: ", sandbox::Base64Encode(key.SpkiPem()), "\n");
  };
  const auto authority = [](std::string_view name, const std::vector<std::string>& chain) {
    return Cat("- subject: { organization: acme, commonName: ", name, " }\n  uri: https://", name,
               ".acme.test\n  certChain: ", sandbox::Base64Encode(PemChain(chain)), "\n");
  };
  const std::string keys = Cat("certificateAuthorities:\n", authority("fulcio", sigstore.ca().Chain()),
                               "tLogs:\n", log(sigstore.rekor_v1().options().host, sigstore.rekor_v1().key()),
                               log(sigstore.rekor_v2().options().host, sigstore.rekor_v2().key()),
                               "ctLogs:\n", log("ct.acme.test", sigstore.ct_log().key()),
                               "timestampAuthorities:\n", authority("tsa", sigstore.tsa().Chain()));
  return Cat("sigstoreKeys:\n", Indented(keys, 2));
}

// "github" is a TUF repository and cannot be used, "private" is the sandbox's, "other" somebody else's.
inline const TrustRoots& TestTrustRoots() {
  static const auto* const roots = [] {
    auto* made = new TrustRoots;
    const auto add = [made](std::string_view name, std::string_view spec) {
      made->emplace(name, ReadTrustRoot(TrustRootObjectNode(name, spec), Cat("TrustRoot ", name)).value());
    };
    add("github", "remote: { mirror: https://tuf-repo.github.com, root: e30=, targets: targets }\n");
    add("private", SigstoreKeys(TestSigstore()));
    add("other", SigstoreKeys(sandbox::Sigstore()));
    return made;
  }();
  return *roots;
}

inline absl::StatusOr<ImportedPolicy> ReadImagePolicy(const Node& object, SecretKeyReader secrets = {}) {
  return ReadClusterImagePolicy(object, "ClusterImagePolicy acme",
                                {TestTrustRoots(), DefaultRoot(), std::move(secrets)});
}

}  // namespace chartseal::policy
