#include "verifier/sigstore/certificate_verify.h"

#include <optional>
#include <utility>

#include "verifier/base/strings.h"
#include "verifier/sigstore/sct.h"

namespace chartseal::sigstore {
namespace {

using Path = std::vector<crypto::Certificate>;

Checked<Path> PathTo(const CertificateAuthority& authority, const Signer& signer, absl::Time at) {
  return authority.chain.Verify(*signer.leaf, signer.untrusted, at, crypto::oid::kCodeSigning);
}

// Only after every trusted authority has said no: was one left out because of the time?
std::optional<Rejection> IssuedByAuthorityNotYetOrNoLonger(const Signer& signer, absl::Time at,
                                                           const TrustedRoot& root) {
  for (const CertificateAuthority& authority : root.certificate_authorities()) {
    if (authority.valid_for.Contains(at) || !PathTo(authority, signer, at).ok()) continue;
    const auto text = [](absl::Time t) { return absl::FormatTime(t, absl::UTCTimeZone()); };
    return Rejection{Reason::kCaNotValid,
                     Cat("the trusted root does not trust ", Printable(authority.uri), " at the signed time"),
                     Cat(text(authority.valid_for.start), " to ", text(authority.valid_for.end)), text(at)};
  }
  return std::nullopt;
}

// A path that was verified, and whose it is.
struct TrustedPath {
  Path path;
  const CertificateAuthority* authority;

  // The signatures of a path hold at any time; the rest is cheap to ask again.
  bool HoldsAt(absl::Time at) const {
    return authority->valid_for.Contains(at) && crypto::CheckPathAt(path, at, crypto::oid::kCodeSigning).ok();
  }
};

// The path to the first authority that has one. What an authority that issued the leaf objects to says more
// than "not one of mine".
Checked<TrustedPath> VerifyChainAt(const Signer& signer, absl::Time at, const TrustedRoot& root) {
  std::optional<Rejection> refusal;
  for (const CertificateAuthority& authority : root.certificate_authorities()) {
    if (!authority.valid_for.Contains(at)) continue;
    auto path = PathTo(authority, signer, at);
    if (path.ok()) return TrustedPath{*path, &authority};
    const bool says_more = path.rejection().reason != Reason::kChainUntrusted;
    if (!refusal || (says_more && refusal->reason == Reason::kChainUntrusted)) refusal = path.rejection();
  }
  if (refusal && refusal->reason != Reason::kChainUntrusted) return *refusal;
  if (auto by_time = IssuedByAuthorityNotYetOrNoLonger(signer, at, root)) return *std::move(by_time);
  if (refusal) return *refusal;
  return Rejection{Reason::kChainUntrusted,
                   "the trusted root trusts no certificate authority at the signed time", "",
                   absl::FormatTime(at, absl::UTCTimeZone())};
}

}  // namespace

Checked<Claims> VerifySigningCertificate(const Signer& signer, const std::vector<absl::Time>& times,
                                         const TrustedRoot& root, const Thresholds& thresholds) {
  std::optional<TrustedPath> trusted;
  for (const absl::Time at : times) {
    if (trusted && trusted->HoldsAt(at)) continue;
    ASSIGN_OR_REJECT(trusted, VerifyChainAt(signer, at, root));
    if (thresholds.scts == 0) continue;
    RETURN_IF_REJECTED(VerifyScts(*signer.leaf, trusted->path.at(1), root, thresholds.scts));
  }
  return ReadClaims(*signer.leaf);
}

}  // namespace chartseal::sigstore
