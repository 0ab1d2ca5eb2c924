#include "verifier/sigstore/timestamp_token.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/der_reader.h"

namespace chartseal::sigstore {
namespace {

namespace der = crypto::der;
using crypto::DerElement;
using crypto::DerReader;

constexpr std::string_view kOidSignedData = "1.2.840.113549.1.7.2";
constexpr std::string_view kOidTstInfo = "1.2.840.113549.1.9.16.1.4";
constexpr std::string_view kOidContentType = "1.2.840.113549.1.9.3";
constexpr std::string_view kOidMessageDigest = "1.2.840.113549.1.9.4";
constexpr std::string_view kOidSigningCertificate = "1.2.840.113549.1.9.16.2.12";
constexpr std::string_view kOidSigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
constexpr std::string_view kOidSha256 = "2.16.840.1.101.3.4.2.1";

constexpr int64_t kGranted = 0;
constexpr int64_t kGrantedWithMods = 1;

absl::Status Bad(std::string_view what) { return absl::InvalidArgumentError(ToAbsl(what)); }

// AlgorithmIdentifier; none of the algorithms here has parameters that change its meaning.
absl::StatusOr<std::string> ReadAlgorithm(DerReader& reader) {
  ASSIGN_OR_RETURN(DerReader fields, reader.Enter(der::kSequence));
  ASSIGN_OR_RETURN(std::string oid, fields.Oid());
  if (!fields.AtEnd()) RETURN_IF_ERROR(fields.Next().status());
  RETURN_IF_ERROR(fields.End());
  return oid;
}

// Extensions of a TSTInfo that must be understood are not: none is defined.
absl::Status RefuseCriticalExtensions(std::string_view list) {
  DerReader extensions(list);
  while (!extensions.AtEnd()) {
    ASSIGN_OR_RETURN(DerReader fields, extensions.Enter(der::kSequence));
    ASSIGN_OR_RETURN(const std::string oid, fields.Oid());
    if (fields.PeekTag() == der::kBoolean) return Bad(Cat("critical extension ", oid, " is not understood"));
  }
  return absl::OkStatus();
}

// TSTInfo ::= SEQUENCE { version, policy, messageImprint, serialNumber, genTime, accuracy?, ordering?,
// nonce?, tsa [0]?, extensions [1]? } (RFC 3161 §2.4.2).
absl::Status ReadTstInfo(std::string_view bytes, TimestampToken& token) {
  token.tst_info = bytes;
  DerReader outer(bytes);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  RETURN_IF_ERROR(outer.End());
  ASSIGN_OR_RETURN(const int64_t version, fields.SmallInteger());
  if (version != 1) return Bad("TSTInfo is not of version 1");
  RETURN_IF_ERROR(fields.Oid().status());
  ASSIGN_OR_RETURN(DerReader imprint, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(token.imprint_hash, ReadAlgorithm(imprint));
  ASSIGN_OR_RETURN(const DerElement digest, imprint.Expect(der::kOctetString));
  token.imprint = digest.contents;
  RETURN_IF_ERROR(imprint.End());
  RETURN_IF_ERROR(fields.Integer().status());
  ASSIGN_OR_RETURN(token.time, fields.GeneralizedTime());
  for (const uint8_t optional : {der::kSequence, der::kBoolean, der::kInteger, der::ContextConstructed(0)}) {
    RETURN_IF_ERROR(fields.Skip(optional).status());
  }
  if (fields.PeekTag() == der::ContextConstructed(1)) {
    ASSIGN_OR_RETURN(const DerElement extensions, fields.Next());
    RETURN_IF_ERROR(RefuseCriticalExtensions(extensions.contents));
  }
  return fields.End();
}

// SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF SEQUENCE { hashAlgorithm DEFAULT sha256, certHash,
// issuerSerial? }, policies? } (RFC 5035 §4); the first of them is the signer's.
absl::Status ReadSigningCertificateV2(DerReader& value, TimestampToken& token) {
  ASSIGN_OR_RETURN(DerReader fields, value.Enter(der::kSequence));
  ASSIGN_OR_RETURN(DerReader certificates, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(DerReader first, certificates.Enter(der::kSequence));
  std::string hash(kOidSha256);
  if (first.PeekTag() == der::kSequence) {
    ASSIGN_OR_RETURN(hash, ReadAlgorithm(first));
  }
  ASSIGN_OR_RETURN(const DerElement digest, first.Expect(der::kOctetString));
  token.signing_certificate_v2.emplace(std::move(hash), digest.contents);
  return absl::OkStatus();
}

absl::Status ReadAttributeValue(const std::string& type, DerReader& value, TimestampToken& token) {
  if (type == kOidContentType) {
    if (!token.content_type.empty()) return Bad("attribute contentType stands twice");
    ASSIGN_OR_RETURN(token.content_type, value.Oid());
    return value.End();
  }
  if (type == kOidMessageDigest) {
    if (!token.message_digest.empty()) return Bad("attribute messageDigest stands twice");
    ASSIGN_OR_RETURN(const DerElement digest, value.Expect(der::kOctetString));
    token.message_digest = digest.contents;
    return value.End();
  }
  if (type == kOidSigningCertificateV2) {
    if (token.signing_certificate_v2) return Bad("attribute signingCertificateV2 stands twice");
    RETURN_IF_ERROR(ReadSigningCertificateV2(value, token));
    return value.End();
  }
  if (type == kOidSigningCertificate) token.has_signing_certificate = true;
  return absl::OkStatus();
}

// signedAttrs [0] IMPLICIT SET OF SEQUENCE { type, values SET }. The signature is over the same octets with
// the tag of the SET instead of the context tag (RFC 5652 §5.4).
absl::Status ReadSignedAttributes(DerReader& fields, TimestampToken& token) {
  if (fields.PeekTag() != der::ContextConstructed(0)) return Bad("there are no signed attributes");
  ASSIGN_OR_RETURN(const DerElement element, fields.Next());
  token.signed_attributes = std::string(element.whole);
  token.signed_attributes[0] = static_cast<char>(der::kSet);
  DerReader attributes(element.contents);
  while (!attributes.AtEnd()) {
    ASSIGN_OR_RETURN(DerReader attribute, attributes.Enter(der::kSequence));
    ASSIGN_OR_RETURN(const std::string type, attribute.Oid());
    ASSIGN_OR_RETURN(DerReader value, attribute.Enter(der::kSet));
    RETURN_IF_ERROR(attribute.End());
    RETURN_IF_ERROR(ReadAttributeValue(type, value, token));
  }
  if (token.content_type.empty() || token.message_digest.empty()) {
    return Bad("the signed attributes lack contentType or messageDigest");
  }
  return absl::OkStatus();
}

// SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm, signedAttrs [0]?, signatureAlgorithm, signature,
// unsignedAttrs [1]? }; the sid of version 1 is issuer and serial number (RFC 5652 §5.3).
absl::Status ReadSignerInfo(std::string_view contents, TimestampToken& token) {
  DerReader fields(contents);
  ASSIGN_OR_RETURN(const int64_t version, fields.SmallInteger());
  if (version != 1) return Bad("the signer is not named by issuer and serial number");
  ASSIGN_OR_RETURN(DerReader sid, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(const DerElement issuer, sid.Expect(der::kSequence));
  token.signer_issuer = issuer.whole;
  ASSIGN_OR_RETURN(token.signer_serial, sid.Integer());
  RETURN_IF_ERROR(sid.End());
  ASSIGN_OR_RETURN(token.digest_algorithm, ReadAlgorithm(fields));
  RETURN_IF_ERROR(ReadSignedAttributes(fields, token));
  ASSIGN_OR_RETURN(token.signature_algorithm, ReadAlgorithm(fields));
  ASSIGN_OR_RETURN(const DerElement signature, fields.Expect(der::kOctetString));
  token.signature = signature.contents;
  RETURN_IF_ERROR(fields.Skip(der::ContextConstructed(1)).status());
  return fields.End();
}

// The bag may also hold attribute certificates and the like, which have context tags.
absl::Status ReadCertificates(DerReader& fields, TimestampToken& token) {
  if (fields.PeekTag() != der::ContextConstructed(0)) return absl::OkStatus();
  ASSIGN_OR_RETURN(DerReader bag, fields.Enter(der::ContextConstructed(0)));
  while (!bag.AtEnd()) {
    ASSIGN_OR_RETURN(const DerElement certificate, bag.Next());
    if (certificate.tag != der::kSequence) continue;
    if (token.certificates.size() == limits::kMaxChainLength) return Bad("too many certificates");
    token.certificates.push_back(certificate.whole);
  }
  return absl::OkStatus();
}

// SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo, certificates [0]?, crls [1]?,
// signerInfos } (RFC 5652 §5.1).
absl::Status ReadSignedData(DerReader fields, TimestampToken& token) {
  RETURN_IF_ERROR(fields.SmallInteger().status());
  RETURN_IF_ERROR(fields.Expect(der::kSet).status());
  ASSIGN_OR_RETURN(DerReader content, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(const std::string type, content.Oid());
  if (type != kOidTstInfo) return Bad(Cat("the content is of type ", type, ", not TSTInfo"));
  ASSIGN_OR_RETURN(DerReader wrapped, content.Enter(der::ContextConstructed(0)));
  RETURN_IF_ERROR(content.End());
  ASSIGN_OR_RETURN(const DerElement octets, wrapped.Expect(der::kOctetString));
  RETURN_IF_ERROR(wrapped.End());
  RETURN_IF_ERROR(ReadTstInfo(octets.contents, token));
  RETURN_IF_ERROR(ReadCertificates(fields, token));
  RETURN_IF_ERROR(fields.Skip(der::ContextConstructed(1)).status());
  ASSIGN_OR_RETURN(DerReader signers, fields.Enter(der::kSet));
  RETURN_IF_ERROR(fields.End());
  ASSIGN_OR_RETURN(const DerElement signer, signers.Expect(der::kSequence));
  if (!signers.AtEnd()) return Bad("there is more than one signer");
  return ReadSignerInfo(signer.contents, token);
}

// TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken ContentInfo? } (RFC 3161 §2.4.2).
absl::Status ReadResponse(std::string_view bytes, TimestampToken& token) {
  DerReader outer(bytes);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  RETURN_IF_ERROR(outer.End());
  ASSIGN_OR_RETURN(DerReader info, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(const int64_t status, info.SmallInteger());
  if (status != kGranted && status != kGrantedWithMods) {
    return Bad(Cat("the authority did not grant it: status ", status));
  }
  ASSIGN_OR_RETURN(DerReader content_info, fields.Enter(der::kSequence));
  RETURN_IF_ERROR(fields.End());
  ASSIGN_OR_RETURN(const std::string type, content_info.Oid());
  if (type != kOidSignedData) return Bad(Cat("the content is of type ", type, ", not signedData"));
  ASSIGN_OR_RETURN(DerReader wrapped, content_info.Enter(der::ContextConstructed(0)));
  RETURN_IF_ERROR(content_info.End());
  ASSIGN_OR_RETURN(DerReader signed_data, wrapped.Enter(der::kSequence));
  RETURN_IF_ERROR(wrapped.End());
  return ReadSignedData(signed_data, token);
}

}  // namespace

std::optional<crypto::HashAlgorithm> HashFromOid(std::string_view oid) {
  if (oid == kOidSha256) return crypto::HashAlgorithm::kSha256;
  if (oid == "2.16.840.1.101.3.4.2.2") return crypto::HashAlgorithm::kSha384;
  if (oid == "2.16.840.1.101.3.4.2.3") return crypto::HashAlgorithm::kSha512;
  return std::nullopt;
}

Checked<TimestampToken> ReadTimestampToken(std::string_view der) {
  TimestampToken token;
  const absl::Status status =
      der.size() > limits::kMaxTimestampBytes ? Bad("too large") : ReadResponse(der, token);
  if (status.ok()) return token;
  return Rejection{Reason::kTimestampMalformed,
                   Cat("the timestamp token could not be read: ", Message(status))};
}

}  // namespace chartseal::sigstore
