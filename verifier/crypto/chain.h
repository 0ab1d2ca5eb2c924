#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/certificate.h"

namespace chartseal::crypto {

// One authority's certificates: intermediates and, last, the trust anchor (which may itself be an
// intermediate; spec/sigstore.md §3.1). "This intermediate is signed by that issuer" is checked once, when it
// is made, and kept; a leaf's signature is checked every time. Immutable, thread-safe.
class AuthorityChain {
 public:
  // Leaf-side first, anchor last. InvalidArgument (Reason::kTrustedRootMalformed) when empty, longer than
  // limits::kMaxChainLength, or when a certificate that is not the anchor is not signed by the next one.
  static absl::StatusOr<AuthorityChain> Create(std::vector<Certificate> certificates);

  // The same chain, knowing from now on that `leaf` is signed by it: for a signer that the trusted root
  // itself names, never for one that comes with a signature. InvalidArgument (Reason::kTrustedRootMalformed)
  // when it is not.
  absl::StatusOr<AuthorityChain> WithPinnedLeaf(const Certificate& leaf) const;

  const std::vector<Certificate>& certificates() const;
  const Certificate& anchor() const { return certificates().back(); }

  // RFC 5280 path from `leaf` to the anchor at time `at`, as spec/sigstore.md §4.9 says: every certificate of
  // the path, the anchor included, valid at `at` (closed interval); CA, pathLen and keyCertSign of issuers;
  // `required_eku` in the leaf and allowed by every issuer that has an EKU extension; no unrecognised
  // critical extension; leaf is no CA. `untrusted` may supply further intermediates. Several certificates of
  // one subject name are all tried. Returns the path, leaf first, anchor last: path[1] is the issuer that an
  // SCT names. Rejections: kChainUntrusted exactly when names and signatures lead to no path; of a path that
  // breaks a rule kCertificateNotValid, kCertificateUsage, kCertificateIsCa, kCertificateCriticalExtension,
  // kChainConstraint (which name constraints in an issuer also are: they are not supported).
  Checked<std::vector<Certificate>> Verify(const Certificate& leaf, const std::vector<Certificate>& untrusted,
                                           absl::Time at, std::string_view required_eku) const;

 private:
  struct Impl;
  explicit AuthorityChain(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// The rules of AuthorityChain::Verify, at another time, for a path that it returned: all of them but the
// signatures, which do not depend on time.
Checked<Passed> CheckPathAt(const std::vector<Certificate>& path, absl::Time at,
                            std::string_view required_eku);

}  // namespace chartseal::crypto
