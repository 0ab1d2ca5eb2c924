// RFC 5280 §4.1: from the bytes of a certificate to its fields.

#include "absl/time/civil_time.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/certificate_impl.h"
#include "verifier/crypto/der_reader.h"

namespace chartseal::crypto {
namespace {

absl::Status Bad(std::string_view what) { return absl::InvalidArgumentError(ToAbsl(what)); }

struct SignatureAlgorithm {
  std::string_view oid;
  SignatureScheme scheme;
  bool null_parameters;  // RFC 4055 §5 requires NULL for RSA; RFC 5758 §3.2 and RFC 8410 §3 want none
};
// SHA-1 is missing on purpose; RSA-PSS certificates are issued by no Sigstore instance.
constexpr SignatureAlgorithm kSignatureAlgorithms[] = {
    {"1.2.840.10045.4.3.2", SignatureScheme::kEcdsaSha256, false},
    {"1.2.840.10045.4.3.3", SignatureScheme::kEcdsaSha384, false},
    {"1.2.840.10045.4.3.4", SignatureScheme::kEcdsaSha512, false},
    {"1.2.840.113549.1.1.11", SignatureScheme::kRsaPkcs1Sha256, true},
    {"1.2.840.113549.1.1.12", SignatureScheme::kRsaPkcs1Sha384, true},
    {"1.2.840.113549.1.1.13", SignatureScheme::kRsaPkcs1Sha512, true},
    {"1.3.101.112", SignatureScheme::kEd25519, false},
};

// An algorithm that is not known leaves `scheme` empty: the certificate can be read, but never verifies.
absl::Status ReadAlgorithm(std::string_view identifier, Certificate::Impl& impl) {
  DerReader outer(identifier);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  ASSIGN_OR_RETURN(impl.signature_algorithm, fields.Oid());
  const bool absent = fields.AtEnd();
  bool null = false;
  if (fields.PeekTag() == der::kNull) {
    ASSIGN_OR_RETURN(const DerElement parameters, fields.Next());
    null = parameters.contents.empty();
  }
  for (const SignatureAlgorithm& known : kSignatureAlgorithms) {
    if (known.oid != impl.signature_algorithm) continue;
    if (!(known.null_parameters ? null && fields.AtEnd() : absent))
      return Bad("signature algorithm has wrong parameters");
    impl.scheme = known.scheme;
  }
  return absl::OkStatus();
}

// RFC 5280 §4.1.2.5.1: years 50 to 99 are of the twentieth century. Seconds are required, the zone is Z.
absl::StatusOr<absl::Time> ReadUtcTime(DerReader& reader) {
  ASSIGN_OR_RETURN(const DerElement element, reader.Expect(der::kUtcTime));
  if (element.contents.size() != 13) return Bad("UTCTime is not YYMMDDHHMMSSZ");
  const std::string_view century = element.contents[0] >= '5' ? "19" : "20";
  const std::string full = DerEncode(der::kGeneralizedTime, Cat(century, element.contents));
  return DerReader(full).GeneralizedTime();
}

absl::StatusOr<absl::Time> ReadTime(DerReader& reader) {
  if (reader.PeekTag() == der::kUtcTime) return ReadUtcTime(reader);
  ASSIGN_OR_RETURN(const absl::Time time, reader.GeneralizedTime());
  if (time != absl::FromUnixSeconds(absl::ToUnixSeconds(time))) return Bad("validity has fractional seconds");
  return time;
}

absl::Status ReadValidity(DerReader& fields, Certificate::Impl& impl) {
  ASSIGN_OR_RETURN(DerReader validity, fields.Enter(der::kSequence));
  ASSIGN_OR_RETURN(impl.not_before, ReadTime(validity));
  ASSIGN_OR_RETURN(impl.not_after, ReadTime(validity));
  return validity.End();
}

absl::StatusOr<Extension> ReadExtension(DerReader fields) {
  Extension extension;
  ASSIGN_OR_RETURN(extension.oid, fields.Oid());
  if (fields.PeekTag() == der::kBoolean) {
    ASSIGN_OR_RETURN(const DerElement critical, fields.Next());
    // FALSE is the default, which DER leaves out.
    if (critical.contents != "\xff") return Bad(Cat("extension ", extension.oid, ": 'critical' is not DER"));
    extension.critical = true;
  }
  ASSIGN_OR_RETURN(const DerElement value, fields.Expect(der::kOctetString));
  extension.value = std::string(value.contents);
  RETURN_IF_ERROR(fields.End());
  return extension;
}

// Two extensions of one kind would let two readers believe different ones (RFC 5280 §4.2 forbids it).
absl::Status ReadExtensions(DerReader& fields, Certificate::Impl& impl) {
  if (fields.AtEnd()) return absl::OkStatus();
  ASSIGN_OR_RETURN(DerReader explicit_tag, fields.Enter(der::ContextConstructed(3)));
  ASSIGN_OR_RETURN(DerReader list, explicit_tag.Enter(der::kSequence));
  RETURN_IF_ERROR(explicit_tag.End());
  if (list.AtEnd()) return Bad("empty list of extensions");
  while (!list.AtEnd()) {
    if (impl.extensions.size() == limits::kMaxCertificateExtensions) return Bad("too many extensions");
    ASSIGN_OR_RETURN(const DerElement element, list.Expect(der::kSequence));
    ASSIGN_OR_RETURN(Extension extension, ReadExtension(DerReader(element.contents)));
    for (const Extension& other : impl.extensions) {
      if (other.oid == extension.oid) return Bad(Cat("extension ", extension.oid, " stands twice"));
    }
    impl.extensions.push_back(std::move(extension));
    impl.encoded_extensions.push_back(element.whole);
  }
  return absl::OkStatus();
}

absl::Status ReadPublicKey(DerReader& fields, Certificate::Impl& impl) {
  ASSIGN_OR_RETURN(const DerElement spki, fields.Expect(der::kSequence));
  ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromSpkiDer(spki.whole));
  impl.public_key = std::move(key);
  return absl::OkStatus();
}

// RFC 5280 §4.1.2.1: extensions require version 3, which is 2 in the encoding.
absl::Status ReadVersion(DerReader& fields) {
  ASSIGN_OR_RETURN(DerReader tag, fields.Enter(der::ContextConstructed(0)));
  ASSIGN_OR_RETURN(const int64_t version, tag.SmallInteger());
  if (version != 2) return Bad("not an X.509 version 3 certificate");
  return tag.End();
}

absl::Status ReadTbs(std::string_view contents, std::string_view algorithm, Certificate::Impl& impl) {
  DerReader fields(contents);
  RETURN_IF_ERROR(ReadVersion(fields));
  ASSIGN_OR_RETURN(const std::string_view serial, fields.Integer());
  impl.serial = std::string(serial);
  ASSIGN_OR_RETURN(const DerElement inner_algorithm, fields.Expect(der::kSequence));
  // RFC 5280 §4.1.1.2: only the inner one is signed, so the outer one may not say anything else.
  if (inner_algorithm.whole != algorithm) return Bad("signature algorithms inside and outside differ");
  ASSIGN_OR_RETURN(const DerElement issuer, fields.Expect(der::kSequence));
  impl.issuer_der = std::string(issuer.whole);
  RETURN_IF_ERROR(ReadValidity(fields, impl));
  ASSIGN_OR_RETURN(const DerElement subject, fields.Expect(der::kSequence));
  impl.subject_der = std::string(subject.whole);
  RETURN_IF_ERROR(ReadPublicKey(fields, impl));
  RETURN_IF_ERROR(fields.Skip(der::ContextPrimitive(1)).status());  // issuerUniqueID
  RETURN_IF_ERROR(fields.Skip(der::ContextPrimitive(2)).status());  // subjectUniqueID
  // What has not been read yet is the extensions.
  DerReader rest = fields;
  size_t size = 0;
  if (!rest.AtEnd()) {
    ASSIGN_OR_RETURN(const DerElement extensions, rest.Next());
    size = extensions.whole.size();
  }
  RETURN_IF_ERROR(rest.End());
  impl.tbs_before_extensions = contents.substr(0, contents.size() - size);
  return ReadExtensions(fields, impl);
}

}  // namespace

absl::Status DecodeCertificate(Certificate::Impl& impl) {
  DerReader outer(impl.der);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  RETURN_IF_ERROR(outer.End());
  ASSIGN_OR_RETURN(const DerElement tbs, fields.Expect(der::kSequence));
  impl.tbs = tbs.whole;
  ASSIGN_OR_RETURN(const DerElement algorithm, fields.Expect(der::kSequence));
  RETURN_IF_ERROR(ReadAlgorithm(algorithm.whole, impl));
  ASSIGN_OR_RETURN(const DerElement signature, fields.Expect(der::kBitString));
  if (signature.contents.empty() || signature.contents[0] != 0)
    return Bad("signature is not a whole number of octets");
  impl.signature = signature.contents.substr(1);
  RETURN_IF_ERROR(fields.End());
  RETURN_IF_ERROR(ReadTbs(tbs.contents, algorithm.whole, impl));
  return DecodeKnownExtensions(impl);
}

}  // namespace chartseal::crypto
