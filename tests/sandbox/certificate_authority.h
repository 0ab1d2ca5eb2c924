#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/certificate_spec.h"
#include "tests/sandbox/ct_log.h"
#include "tests/sandbox/identity.h"

namespace chartseal::sandbox {

// Where a test may reach into the making of a leaf. Each hook may be empty. What comes after a hook is
// computed from what the hook left, so that a change breaks one rule and no signature.
struct CertificateHooks {
  // The certificate without SCTs; SCTs and the CA's signature then cover the change.
  std::function<void(CertificateSpec&)> certificate;
  // One SCT before its log signs it.
  std::function<void(SctSpec&)> sct;
  // The serialised SCTs before they are embedded. `base` is what the first log signed, for making more of
  // them.
  std::function<void(std::vector<std::string>& scts, const SctSpec& base)> sct_list;
  // The TLS-encoded list, with its outer length.
  std::function<void(std::string&)> sct_list_bytes;
  // The certificate with the SCT list inside, before the CA signs: the SCTs do not cover this change.
  std::function<void(CertificateSpec&)> certificate_with_scts;
};

struct LeafRequest {
  std::string spki;
  Identity identity;
  absl::Time not_before;
  absl::Duration lifetime = absl::Minutes(10);
};

struct CertificateAuthorityOptions {
  std::string organization = "sandbox.test";
  std::string common_name = "sandbox";
  absl::Time not_before;
  absl::Time not_after;
  bool with_intermediate = true;  // false: the root issues the leaves
  std::function<void(CertificateSpec&)> root;
  std::function<void(CertificateSpec&)> intermediate;
  std::optional<Key> root_key;
  std::optional<Key> intermediate_key;
};

// A Fulcio-shaped authority: P-384 root (path length 1) and P-384 intermediate (path length 0, code signing),
// both signed with SHA-384. Immutable.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const CertificateAuthorityOptions& options);
  // From keys and DER certificates that were kept; `intermediate` may be empty.
  CertificateAuthority(Key root_key, Key intermediate_key, std::string root, std::string intermediate,
                       std::string organization, std::string common_name);

  // A leaf of the Fulcio profile with one SCT of each log.
  std::string Issue(const LeafRequest& request, const std::vector<const CtLog*>& logs,
                    const CertificateHooks& hooks = {}) const;
  // Signs whatever it is given with the issuing key.
  std::string Sign(const CertificateSpec& spec) const { return SignCertificate(spec, issuing_key()); }

  const std::string& root() const { return root_; }                  // DER
  const std::string& intermediate() const { return intermediate_; }  // DER, may be empty
  std::vector<std::string> Chain() const;                            // issuing certificate first, root last
  const Key& root_key() const { return root_key_; }
  const Key& intermediate_key() const { return intermediate_key_; }
  const Key& issuing_key() const { return intermediate_.empty() ? root_key_ : intermediate_key_; }
  std::string IssuerName() const;  // DER Name of the issuing certificate
  const std::string& organization() const { return organization_; }
  const std::string& common_name() const { return common_name_; }

 private:
  Key root_key_;
  Key intermediate_key_;
  std::string organization_;
  std::string common_name_;
  std::string root_;
  std::string intermediate_;
};

}  // namespace chartseal::sandbox
