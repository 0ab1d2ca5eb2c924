// RFC 5280 §4.2.1: the extensions that path validation and identities need.

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/certificate_impl.h"
#include "verifier/crypto/der_reader.h"

namespace chartseal::crypto {
namespace {

absl::Status Bad(std::string_view what) { return absl::InvalidArgumentError(ToAbsl(what)); }

// §4.2.1.9: SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }.
absl::Status ReadBasicConstraints(std::string_view value, Certificate::Impl& impl) {
  DerReader outer(value);
  ASSIGN_OR_RETURN(DerReader fields, outer.Enter(der::kSequence));
  RETURN_IF_ERROR(outer.End());
  if (fields.PeekTag() == der::kBoolean) {
    ASSIGN_OR_RETURN(const DerElement ca, fields.Next());
    if (ca.contents != "\xff") return Bad("'cA' is not DER");
    impl.is_ca = true;
  }
  if (fields.PeekTag() == der::kInteger) {
    ASSIGN_OR_RETURN(const int64_t length, fields.SmallInteger());
    if (length < 0 || !impl.is_ca) return Bad("path length constraint that cannot be");
    impl.path_length = length;
  }
  return fields.End();
}

// §4.2.1.3: BIT STRING, bit 0 (the highest of the first octet) is digitalSignature, bit 5 keyCertSign.
absl::Status ReadKeyUsage(std::string_view value, Certificate::Impl& impl) {
  DerReader outer(value);
  ASSIGN_OR_RETURN(const DerElement bits, outer.Expect(der::kBitString));
  RETURN_IF_ERROR(outer.End());
  const std::string_view octets = bits.contents;
  if (octets.size() < 2 || octets.size() > 3) return Bad("of one to nine bits was expected");
  const auto unused = static_cast<uint8_t>(octets[0]);
  if (unused > 7 || (static_cast<uint8_t>(octets.back()) & ((1 << unused) - 1)) != 0)
    return Bad("unused bits are set");
  impl.has_key_usage = true;
  impl.digital_signature = (octets[1] & 0x80) != 0;
  impl.key_cert_sign = (octets[1] & 0x04) != 0;
  return absl::OkStatus();
}

// §4.2.1.12: SEQUENCE SIZE (1..MAX) OF KeyPurposeId. Unknown purposes are kept: they count too.
absl::Status ReadExtendedKeyUsage(std::string_view value, Certificate::Impl& impl) {
  DerReader outer(value);
  ASSIGN_OR_RETURN(DerReader purposes, outer.Enter(der::kSequence));
  RETURN_IF_ERROR(outer.End());
  if (purposes.AtEnd()) return Bad("no purpose");
  impl.extended_key_usage.emplace();
  while (!purposes.AtEnd()) {
    ASSIGN_OR_RETURN(std::string purpose, purposes.Oid());
    impl.extended_key_usage->push_back(std::move(purpose));
  }
  return absl::OkStatus();
}

// OtherName ::= [0] IMPLICIT SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }.
absl::StatusOr<SubjectAltName> ReadOtherName(std::string_view contents) {
  SubjectAltName name;
  name.kind = SubjectAltName::Kind::kOtherName;
  DerReader fields(contents);
  ASSIGN_OR_RETURN(name.type_oid, fields.Oid());
  ASSIGN_OR_RETURN(const DerElement value, fields.Expect(der::ContextConstructed(0)));
  name.value = std::string(value.contents);
  RETURN_IF_ERROR(fields.End());
  return name;
}

bool IsIa5(std::string_view text) {
  for (const char c : text) {
    if ((c & 0x80) != 0) return false;
  }
  return true;
}

// §4.2.1.6: GeneralName is a choice by context tag.
absl::StatusOr<SubjectAltName> ReadGeneralName(const DerElement& element) {
  using Kind = SubjectAltName::Kind;
  const std::string value(element.contents);
  switch (element.tag) {
    case der::ContextConstructed(0):
      return ReadOtherName(element.contents);
    case der::ContextPrimitive(1):
    case der::ContextPrimitive(2):
    case der::ContextPrimitive(6): {
      if (!IsIa5(value)) return Bad("a name is not ASCII");
      const uint8_t number = element.tag & 0x1F;
      return SubjectAltName{number == 1 ? Kind::kEmail : number == 2 ? Kind::kDns : Kind::kUri, "", value};
    }
    case der::ContextPrimitive(7):
      return SubjectAltName{Kind::kIp, "", value};
    case der::ContextConstructed(3):
    case der::ContextConstructed(4):
    case der::ContextConstructed(5):
    case der::ContextPrimitive(8):
      return SubjectAltName{Kind::kOther, "", value};
    default:
      return Bad("an unknown kind of name");
  }
}

absl::Status ReadSubjectAltNames(std::string_view value, Certificate::Impl& impl) {
  DerReader outer(value);
  ASSIGN_OR_RETURN(DerReader names, outer.Enter(der::kSequence));
  RETURN_IF_ERROR(outer.End());
  if (names.AtEnd()) return Bad("no name");
  while (!names.AtEnd()) {
    ASSIGN_OR_RETURN(const DerElement element, names.Next());
    ASSIGN_OR_RETURN(SubjectAltName name, ReadGeneralName(element));
    impl.subject_alt_names.push_back(std::move(name));
  }
  return absl::OkStatus();
}

absl::Status ReadKnown(const Extension& extension, Certificate::Impl& impl) {
  if (extension.oid == oid::kBasicConstraints) return ReadBasicConstraints(extension.value, impl);
  if (extension.oid == oid::kKeyUsage) return ReadKeyUsage(extension.value, impl);
  if (extension.oid == oid::kExtendedKeyUsage) return ReadExtendedKeyUsage(extension.value, impl);
  if (extension.oid == oid::kSubjectAltName) return ReadSubjectAltNames(extension.value, impl);
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeKnownExtensions(Certificate::Impl& impl) {
  for (const Extension& extension : impl.extensions) {
    const absl::Status status = ReadKnown(extension, impl);
    if (!status.ok()) return Annotate(status, Cat("extension ", extension.oid));
  }
  return absl::OkStatus();
}

}  // namespace chartseal::crypto
