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

  const std::vector<Certificate>& certificates() const;
  const Certificate& anchor() const { return certificates().back(); }

  // RFC 5280 path from `leaf` to the anchor at time `at`, as spec/sigstore.md §4.9 says: every certificate of
  // the path, the anchor included, valid at `at` (closed interval); CA, pathLen and keyCertSign of issuers;
  // `required_eku` in the leaf and allowed by every issuer that has an EKU extension; no unrecognised
  // critical extension; leaf is no CA. `untrusted` may supply further intermediates. Several certificates of
  // one subject name are all tried. Returns the path, leaf first, anchor last: path[1] is the issuer that an
  // SCT names. Rejections: kChainUntrusted, kCertificateNotValid, kCertificateUsage, kCertificateIsCa,
  // kCertificateCriticalExtension, kChainConstraint.
  Checked<std::vector<Certificate>> Verify(const Certificate& leaf, const std::vector<Certificate>& untrusted,
                                           absl::Time at, std::string_view required_eku) const;

 private:
  struct Impl;
  explicit AuthorityChain(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace chartseal::crypto
