#include "verifier/sigstore/timestamp.h"

#include <algorithm>

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/timestamp_token.h"

// The rules of spec/sigstore.md §4.3. First the authority is found, by the certificate that the token's
// SignerInfo names; then every rule is applied to that certificate and no other (CVE-2026-39984 came of
// checking one certificate of the bag and verifying with another).
namespace chartseal::sigstore {
namespace {

using crypto::Certificate;
using crypto::HashAlgorithm;
using crypto::KeyType;
using crypto::SignatureCheck;
using crypto::SignatureScheme;

constexpr std::string_view kOidTstInfo = "1.2.840.113549.1.9.16.1.4";

Rejection Invalid(std::string_view what) { return {Reason::kTimestampInvalid, std::string(what)}; }

bool IsNamedBy(const TimestampToken& token, const Certificate& certificate) {
  return certificate.issuer_der() == token.signer_issuer && certificate.serial() == token.signer_serial;
}

// Certificates of the bag that can be read; those that cannot be are of no use to anybody.
std::vector<Certificate> ReadBag(const TimestampToken& token) {
  std::vector<Certificate> bag;
  for (const std::string_view der : token.certificates) {
    auto certificate = Certificate::FromDer(der);
    if (certificate.ok()) bag.push_back(*std::move(certificate));
  }
  return bag;
}

struct AlgorithmName {
  std::string_view oid;
  SignatureScheme scheme;
};
constexpr AlgorithmName kAlgorithms[] = {
    {"1.2.840.10045.4.3.2", SignatureScheme::kEcdsaSha256},
    {"1.2.840.10045.4.3.3", SignatureScheme::kEcdsaSha384},
    {"1.2.840.10045.4.3.4", SignatureScheme::kEcdsaSha512},
    {"1.2.840.113549.1.1.11", SignatureScheme::kRsaPkcs1Sha256},
    {"1.2.840.113549.1.1.12", SignatureScheme::kRsaPkcs1Sha384},
    {"1.2.840.113549.1.1.13", SignatureScheme::kRsaPkcs1Sha512},
    {"1.3.101.112", SignatureScheme::kEd25519},
};

// RFC 5754 §3.2: plain rsaEncryption takes its hash from digestAlgorithm; what names a hash must name the
// same one, or the two would protect different things. (Ed25519 signs without a hash of its own.)
std::optional<SignatureScheme> SchemeOf(const TimestampToken& token, HashAlgorithm digest) {
  if (token.signature_algorithm == "1.2.840.113549.1.1.1") {
    if (digest == HashAlgorithm::kSha256) return SignatureScheme::kRsaPkcs1Sha256;
    if (digest == HashAlgorithm::kSha384) return SignatureScheme::kRsaPkcs1Sha384;
    return SignatureScheme::kRsaPkcs1Sha512;
  }
  for (const AlgorithmName& known : kAlgorithms) {
    if (known.oid != token.signature_algorithm) continue;
    if (known.scheme != SignatureScheme::kEd25519 && HashOf(known.scheme) != digest) return std::nullopt;
    return known.scheme;
  }
  return std::nullopt;
}

// Rule 2: the signed attributes are about this content, and the signer's key signed them.
Checked<Passed> CheckSignature(const TimestampToken& token, const Certificate& signer) {
  const std::optional<HashAlgorithm> digest = HashFromOid(token.digest_algorithm);
  if (!digest) {
    return Rejection{Reason::kTimestampInvalid, "the timestamp's digest algorithm is not accepted",
                     "SHA-256, SHA-384 or SHA-512", token.digest_algorithm};
  }
  if (token.content_type != kOidTstInfo) return Invalid("the timestamp's signed content type is not TSTInfo");
  if (token.message_digest != crypto::Hash(*digest, token.tst_info)) {
    return Invalid("the timestamp's message digest is not that of its content");
  }
  const std::optional<SignatureScheme> scheme = SchemeOf(token, *digest);
  if (!scheme) {
    return Rejection{Reason::kTimestampInvalid, "the timestamp's signature algorithm is not accepted", "",
                     token.signature_algorithm};
  }
  if (signer.public_key().Verify(*scheme, token.signed_attributes, token.signature) !=
      SignatureCheck::kValid) {
    return Invalid("the timestamp's signature does not verify");
  }
  return Passed{};
}

// RFC 5816, RFC 5035: a token that says by hash which certificate signed it must mean this one.
Checked<Passed> CheckSigningCertificate(const TimestampToken& token, const Certificate& signer) {
  if (!token.signing_certificate_v2) {
    if (!token.has_signing_certificate) return Passed{};
    return Invalid("the timestamp names its signer's certificate by SHA-1 only");
  }
  const auto& [hash, digest] = *token.signing_certificate_v2;
  const std::optional<HashAlgorithm> algorithm = HashFromOid(hash);
  if (!algorithm || crypto::Hash(*algorithm, signer.der()) != digest) {
    return Invalid("the timestamp's signing certificate attribute names another certificate");
  }
  return Passed{};
}

// Rule 3. Only what was stamped may count: the raw signature bytes.
Checked<Passed> CheckImprint(const TimestampToken& token, std::string_view message) {
  const std::optional<HashAlgorithm> hash = HashFromOid(token.imprint_hash);
  if (!hash) {
    return Rejection{Reason::kTimestampImprint, "the hash in the timestamp's imprint is not accepted",
                     "SHA-256, SHA-384 or SHA-512", token.imprint_hash};
  }
  const std::string expected = crypto::Hash(*hash, message);
  if (token.imprint == expected) return Passed{};
  return Rejection{Reason::kTimestampImprint, "the timestamp is over other bytes than this signature",
                   HexEncode(expected), HexEncode(token.imprint)};
}

// Rule 5, first half (RFC 3161 §2.3): timestamping is all that the key may be used for.
Checked<Passed> CheckSignerUsage(const Certificate& signer) {
  const auto& purposes = signer.extended_key_usage();
  const bool only = purposes && purposes->size() == 1 && purposes->front() == crypto::oid::kTimeStamping;
  if (only && signer.extended_key_usage_is_critical() && !signer.is_ca()) return Passed{};
  return Rejection{
      Reason::kTimestampSignerUsage,
      Cat("the certificate of the timestamp's signer '", signer.subject_text(), "' is not for that alone"),
      "no CA, and a critical extended key usage of timestamping only"};
}

// What a broken chain means for a timestamp.
Rejection FromChain(const Rejection& chain) {
  Rejection rejection = chain;
  rejection.detail = Cat("timestamp authority: ", chain.detail);
  switch (chain.reason) {
    case Reason::kChainUntrusted:
      rejection.reason = Reason::kTimestampUntrusted;
      break;
    case Reason::kCertificateNotValid:
      rejection.reason = Reason::kTimestampOutsideValidity;
      break;
    default:
      rejection.reason = Reason::kTimestampSignerUsage;
  }
  return rejection;
}

// Rule 5, second half, and the trusted root's own period (spec/sigstore.md §3.1).
Checked<Passed> CheckTrust(const TimestampToken& token, const Certificate& signer,
                           const std::vector<Certificate>& bag, const TimestampAuthority& authority) {
  const auto path = authority.chain.Verify(signer, bag, token.time, crypto::oid::kTimeStamping);
  if (!path.ok()) return FromChain(path.rejection());
  if (authority.valid_for.Contains(token.time)) return Passed{};
  return Rejection{Reason::kTimestampOutsideValidity,
                   "the timestamp lies outside the time for which its authority is trusted", "",
                   absl::FormatTime(token.time, absl::UTCTimeZone())};
}

// Rule 4 for an authority whose signer is pinned: what the token embeds as its signer must be that one.
Checked<Passed> CheckEmbedded(const TimestampToken& token, const Certificate& pinned) {
  const auto& embedded = token.certificates;
  if (std::find(embedded.begin(), embedded.end(), pinned.der()) != embedded.end()) return Passed{};
  for (const Certificate& certificate : ReadBag(token)) {
    if (!certificate.is_ca()) {
      return Invalid("the certificate embedded in the timestamp is not the trusted signer's");
    }
  }
  return Passed{};
}

// "This authority did not make it" is kTimestampUntrusted; anything else says what is wrong with it.
class TokenCheck {
 public:
  TokenCheck(const TimestampToken& token, std::string_view message) : token_(token), message_(message) {}

  Checked<Passed> Run(const TimestampAuthority& authority) {
    if (authority.leaf) {
      if (!IsNamedBy(token_, *authority.leaf)) return Unknown();
      RETURN_IF_REJECTED(CheckEmbedded(token_, *authority.leaf));
      return CheckSigner(*authority.leaf, {}, authority);
    }
    const std::vector<Certificate>& bag = Bag();
    const auto signer =
        std::find_if(bag.begin(), bag.end(), [this](const Certificate& c) { return IsNamedBy(token_, c); });
    return signer == bag.end() ? Unknown() : CheckSigner(*signer, bag, authority);
  }

 private:
  // Trust comes first, so that what a stranger signed badly stays "unknown" and not "known but wrong".
  Checked<Passed> CheckSigner(const Certificate& signer, const std::vector<Certificate>& bag,
                              const TimestampAuthority& authority) {
    const Checked<Passed> trust = CheckTrust(token_, signer, bag, authority);
    if (!trust.ok() && trust.rejection().reason == Reason::kTimestampUntrusted) return trust;
    RETURN_IF_REJECTED(CheckSignature(token_, signer));
    RETURN_IF_REJECTED(CheckSigningCertificate(token_, signer));
    RETURN_IF_REJECTED(CheckSignerUsage(signer));
    RETURN_IF_REJECTED(trust);
    return CheckImprint(token_, message_);
  }

  Checked<Passed> Unknown() const {
    return Rejection{Reason::kTimestampUntrusted, "no trusted timestamp authority made the timestamp"};
  }

  // Read when it is first needed: a pinned signer needs none of it.
  const std::vector<Certificate>& Bag() {
    if (!bag_) bag_ = ReadBag(token_);
    return *bag_;
  }

  const TimestampToken& token_;
  const std::string_view message_;
  std::optional<std::vector<Certificate>> bag_;
};

// Entries of one URI are one authority, as when its certificates were renewed.
std::string AuthorityName(const TimestampAuthority& authority) {
  if (!authority.uri.empty()) return authority.uri;
  return Cat("anchor ", HexEncode(authority.chain.anchor().public_key().spki_sha256()));
}

}  // namespace

Checked<VerifiedTimestamp> VerifyTimestamp(std::string_view der, std::string_view signature,
                                           const TrustedRoot& root) {
  ASSIGN_OR_REJECT(const TimestampToken token, ReadTimestampToken(der));
  TokenCheck check(token, signature);
  Rejection worst{Reason::kTimestampUntrusted, "no trusted timestamp authority made the timestamp"};
  for (const TimestampAuthority& authority : root.timestamp_authorities()) {
    const Checked<Passed> checked = check.Run(authority);
    if (checked.ok()) return VerifiedTimestamp{token.time, AuthorityName(authority)};
    if (worst.reason == Reason::kTimestampUntrusted) worst = checked.rejection();
  }
  return worst;
}

}  // namespace chartseal::sigstore
