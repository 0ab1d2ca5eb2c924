#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/object_reader.h"
#include "verifier/crypto/public_key.h"
#include "verifier/policy/policy.h"
#include "verifier/policy/trust_root_object.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::policy {

// The public key or keys, in PEM, that a Secret holds. `namespace_name` is empty when the policy does not
// say. Errors name the Secret and are shown to people; nothing secret may be in them.
using SecretKeyReader =
    std::function<absl::StatusOr<std::string>(std::string_view namespace_name, std::string_view name)>;

// What a ClusterImagePolicy refers to. Borrowed for the call.
struct ImagePolicyContext {
  const TrustRoots& trust_roots;
  // What `trustRootRef` means when it is empty. Never null.
  std::shared_ptr<const sigstore::TrustedRoot> default_root;
  SecretKeyReader secrets;  // empty: `secretRef` cannot be honoured
};

// What reading an authority found out besides the authority.
struct ImagePolicyNotes {
  std::vector<std::string> warnings;
  // What the authority depends on outside its own object, by name: versions of roots, keys of Secrets.
  std::map<std::string, std::string> inputs;
};

// One entry of `spec.authorities` (spec/peers.md §2.2). Usually one authority; several keys in one PEM text
// are as many, any one of which suffices. An error names the field that cannot be read or cannot be honoured.
absl::StatusOr<std::vector<Authority>> ReadImagePolicyAuthority(ObjectReader& reader, size_t index,
                                                                const ImagePolicyContext& context,
                                                                ImagePolicyNotes& notes);

// The public keys of a PEM text: at least one, at most limits::kMaxPolicyList. Errors say what is expected,
// and nothing of the text.
absl::StatusOr<std::vector<crypto::PublicKey>> ReadPublicKeys(std::string_view pem);

// The keys of a `key` entry (image_policy_key.cc). `bundle`: the signatures are in bundles.
absl::StatusOr<std::vector<sigstore::ManagedKey>> ReadImagePolicyKeys(ObjectReader& key, bool bundle,
                                                                      const ImagePolicyContext& context,
                                                                      ImagePolicyNotes& notes);

}  // namespace chartseal::policy
