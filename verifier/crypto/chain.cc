#include "verifier/crypto/chain.h"

#include <algorithm>
#include <optional>
#include <string>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/certificate_impl.h"

// Path validation by the rules of RFC 5280 §6.1 that spec/sigstore.md §4.9 names;
// docs/decisions/0003-path-validation.md says why it is not X509_verify_cert.
namespace chartseal::crypto {
namespace {

using Path = std::vector<Certificate>;

// A leaf that the trusted root names, and the index of the certificate whose key verified it.
struct PinnedLeaf {
  Certificate leaf;
  size_t issuer;
};

std::string Describe(const Certificate& certificate) {
  const std::string text = certificate.subject_text();
  return text.empty() ? "the certificate with an empty subject" : Cat("'", text, "'");
}

bool IsIssuedBy(const Certificate& certificate, const Certificate& issuer) {
  return certificate.issuer_der() == issuer.subject_der() && IsSignedBy(certificate, issuer.public_key());
}

bool Names(const std::vector<std::string>& purposes, std::string_view purpose) {
  return std::find(purposes.begin(), purposes.end(), purpose) != purposes.end();
}

// RFC 5280 §4.1.2.5: the period includes both ends.
Checked<Passed> CheckValidity(const Certificate& certificate, absl::Time at) {
  if (certificate.not_before() <= at && at <= certificate.not_after()) return Passed{};
  return Rejection{Reason::kCertificateNotValid,
                   Cat(Describe(certificate), " was not valid at the signed time"),
                   Cat(absl::FormatTime(certificate.not_before(), absl::UTCTimeZone()), " to ",
                       absl::FormatTime(certificate.not_after(), absl::UTCTimeZone())),
                   absl::FormatTime(at, absl::UTCTimeZone())};
}

// Extensions that this file or the identity check evaluate. Name constraints are evaluated by refusing them.
Checked<Passed> CheckCriticalExtensions(const Certificate& certificate) {
  for (const Extension& extension : certificate.extensions()) {
    const bool known = extension.oid == oid::kBasicConstraints || extension.oid == oid::kKeyUsage ||
                       extension.oid == oid::kExtendedKeyUsage || extension.oid == oid::kSubjectAltName;
    if (!extension.critical || known) continue;
    return Rejection{Reason::kCertificateCriticalExtension,
                     Cat(Describe(certificate), " has a critical extension that is not understood"), "",
                     extension.oid};
  }
  return Passed{};
}

Checked<Passed> CheckLeaf(const Certificate& leaf, std::string_view required_eku) {
  if (leaf.is_ca()) {
    return Rejection{Reason::kCertificateIsCa, Cat(Describe(leaf), " is a certificate authority")};
  }
  RETURN_IF_REJECTED(CheckCriticalExtensions(leaf));
  if (!leaf.extended_key_usage() || !Names(*leaf.extended_key_usage(), required_eku)) {
    return Rejection{Reason::kCertificateUsage, Cat(Describe(leaf), " lacks an extended key usage"),
                     std::string(required_eku)};
  }
  if (!leaf.allows_digital_signature()) {
    return Rejection{Reason::kCertificateUsage,
                     Cat("the key usage of ", Describe(leaf), " has no digitalSignature")};
  }
  return Passed{};
}

Rejection Constraint(const Certificate& issuer, std::string_view what) {
  return Rejection{Reason::kChainConstraint, Cat(Describe(issuer), " ", what)};
}

// `below`: how many intermediates that are not self-issued stand between this issuer and the leaf (RFC 5280
// §4.2.1.9).
Checked<Passed> CheckIssuer(const Certificate& issuer, int64_t below, std::string_view required_eku) {
  const Certificate::Impl& impl = issuer.impl();
  if (!impl.is_ca) return Constraint(issuer, "issued a certificate but is no certificate authority");
  if (impl.has_key_usage && !impl.key_cert_sign)
    return Constraint(issuer, "has a key usage without keyCertSign");
  if (impl.path_length && below > *impl.path_length) {
    return Constraint(issuer, Cat("allows ", *impl.path_length, " intermediates below it, found ", below));
  }
  // Whatever their criticality: ignoring one would accept names that the authority was never given.
  if (issuer.FindExtension(oid::kNameConstraints) != nullptr) {
    return Constraint(issuer, "has name constraints, which are not supported");
  }
  RETURN_IF_REJECTED(CheckCriticalExtensions(issuer));
  const auto& purposes = issuer.extended_key_usage();
  if (purposes && !Names(*purposes, required_eku) && !Names(*purposes, oid::kAnyExtendedKeyUsage)) {
    return Rejection{Reason::kCertificateUsage,
                     Cat(Describe(issuer), " may not issue for this extended key usage"),
                     std::string(required_eku)};
  }
  return Passed{};
}

Checked<Passed> CheckPath(const Path& path, absl::Time at, std::string_view required_eku) {
  RETURN_IF_REJECTED(CheckLeaf(path.front(), required_eku));
  for (const Certificate& certificate : path) RETURN_IF_REJECTED(CheckValidity(certificate, at));
  int64_t below = 0;
  for (size_t i = 1; i < path.size(); ++i) {
    RETURN_IF_REJECTED(CheckIssuer(path[i], below, required_eku));
    if (path[i].subject_der() != path[i].issuer_der()) ++below;
  }
  return Passed{};
}

// Depth-first over issuers by name and signature. `chain` is linear and its inner signatures are known to
// hold, so that a path which reaches one of its certificates continues in one way only.
class PathSearch {
 public:
  PathSearch(const Path& chain, const std::optional<PinnedLeaf>& pinned, const Path& untrusted, absl::Time at,
             std::string_view required_eku)
      : chain_(chain), pinned_(pinned), untrusted_(untrusted), at_(at), required_eku_(required_eku) {}

  Checked<Path> Run(const Certificate& leaf) {
    Path path{leaf};
    if (Extend(path)) return path;
    if (first_rejection_) return *first_rejection_;
    return Rejection{Reason::kChainUntrusted, Cat(Describe(leaf), " is not issued by a trusted authority"),
                     Describe(chain_.back())};
  }

 private:
  // Completes `path` and returns true, or leaves it as it was.
  bool Extend(Path& path) {
    for (size_t i = 0; i < chain_.size(); ++i) {
      if (!IsNext(path, chain_[i])) continue;
      Path whole = path;
      whole.insert(whole.end(), chain_.begin() + static_cast<std::ptrdiff_t>(i), chain_.end());
      if (Accept(whole)) {
        path = std::move(whole);
        return true;
      }
    }
    if (path.size() + 1 >= limits::kMaxChainLength) return false;
    for (const Certificate& candidate : untrusted_) {
      const bool used = std::find(path.begin(), path.end(), candidate) != path.end();
      if (used || !IsNext(path, candidate)) continue;
      path.push_back(candidate);
      if (Extend(path)) return true;
      path.pop_back();
    }
    return false;
  }

  bool IsNext(const Path& path, const Certificate& issuer) {
    if (path.back().issuer_der() != issuer.subject_der()) return false;
    if (pinned_ && issuer == chain_[pinned_->issuer] && path.back() == pinned_->leaf) return true;
    if (++signature_checks_ > limits::kMaxPathSignatureChecks) return false;
    return IsIssuedBy(path.back(), issuer);
  }

  bool Accept(const Path& path) {
    const Checked<Passed> checked = CheckPath(path, at_, required_eku_);
    if (!checked.ok() && !first_rejection_) first_rejection_ = checked.rejection();
    return checked.ok();
  }

  const Path& chain_;
  const std::optional<PinnedLeaf>& pinned_;
  const Path& untrusted_;
  const absl::Time at_;
  const std::string_view required_eku_;
  std::optional<Rejection> first_rejection_;
  int signature_checks_ = 0;
};

}  // namespace

struct AuthorityChain::Impl {
  std::vector<Certificate> certificates;
  std::optional<PinnedLeaf> pinned;
};

absl::StatusOr<AuthorityChain> AuthorityChain::Create(std::vector<Certificate> certificates) {
  constexpr std::string_view kWhere = "certificate chain";
  if (certificates.empty()) return Malformed(Reason::kTrustedRootMalformed, kWhere, "is empty");
  if (certificates.size() > limits::kMaxChainLength) {
    return Malformed(Reason::kTrustedRootMalformed, kWhere,
                     Cat("has more than ", limits::kMaxChainLength, " certificates"));
  }
  for (size_t i = 0; i + 1 < certificates.size(); ++i) {
    if (IsIssuedBy(certificates[i], certificates[i + 1])) continue;
    return Malformed(Reason::kTrustedRootMalformed, kWhere,
                     Cat(Describe(certificates[i]), " is not signed by ", Describe(certificates[i + 1]),
                         ", which follows it; list issuers after what they issued"));
  }
  return AuthorityChain(std::make_shared<const Impl>(Impl{std::move(certificates), std::nullopt}));
}

absl::StatusOr<AuthorityChain> AuthorityChain::WithPinnedLeaf(const Certificate& leaf) const {
  for (size_t i = 0; i < certificates().size(); ++i) {
    if (!IsIssuedBy(leaf, certificates()[i])) continue;
    return AuthorityChain(std::make_shared<const Impl>(Impl{certificates(), PinnedLeaf{leaf, i}}));
  }
  return Malformed(Reason::kTrustedRootMalformed, "certificate chain",
                   Cat(Describe(leaf), " is not signed by any certificate of its chain"));
}

const std::vector<Certificate>& AuthorityChain::certificates() const { return impl_->certificates; }

Checked<std::vector<Certificate>> AuthorityChain::Verify(const Certificate& leaf,
                                                         const std::vector<Certificate>& untrusted,
                                                         absl::Time at, std::string_view required_eku) const {
  return PathSearch(impl_->certificates, impl_->pinned, untrusted, at, required_eku).Run(leaf);
}

Checked<Passed> CheckPathAt(const std::vector<Certificate>& path, absl::Time at,
                            std::string_view required_eku) {
  return CheckPath(path, at, required_eku);
}

}  // namespace chartseal::crypto
