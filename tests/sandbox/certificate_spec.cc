#include "tests/sandbox/certificate_spec.h"

#include <algorithm>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

std::string EncodeAttribute(std::string_view oid, std::string_view text) {
  return der::SetOf({der::Sequence({der::Oid(oid), der::Utf8String(text)})});
}

std::string EncodeExtension(const Extension& extension) {
  std::vector<std::string> parts = {der::Oid(extension.oid)};
  if (extension.critical) parts.push_back(der::Boolean(true));  // DER leaves the default false out
  parts.push_back(der::OctetString(extension.value));
  return der::Sequence(parts);
}

}  // namespace

Extension* CertificateSpec::Find(std::string_view oid) {
  for (Extension& extension : extensions) {
    if (extension.oid == oid) return &extension;
  }
  return nullptr;
}

const Extension* CertificateSpec::Find(std::string_view oid) const {
  return const_cast<CertificateSpec*>(this)->Find(oid);
}

void CertificateSpec::Remove(std::string_view oid) {
  extensions.erase(std::remove_if(extensions.begin(), extensions.end(),
                                  [&](const Extension& extension) { return extension.oid == oid; }),
                   extensions.end());
}

void CertificateSpec::Set(Extension extension) {
  Extension* present = Find(extension.oid);
  if (present != nullptr) {
    *present = std::move(extension);
  } else {
    extensions.push_back(std::move(extension));
  }
}

std::string EncodeName(std::string_view organization, std::string_view common_name) {
  std::vector<std::string> names;
  if (!organization.empty()) names.push_back(EncodeAttribute("2.5.4.10", organization));
  if (!common_name.empty()) names.push_back(EncodeAttribute("2.5.4.3", common_name));
  return der::Sequence(names);
}

Extension KeyUsageExtension(const std::vector<int>& bits) {
  return {kOidKeyUsage, true, der::NamedBits(bits)};
}

Extension ExtendedKeyUsageExtension(const std::vector<std::string>& purposes, bool critical) {
  std::vector<std::string> oids;
  for (const std::string& purpose : purposes) oids.push_back(der::Oid(purpose));
  return {kOidExtendedKeyUsage, critical, der::Sequence(oids)};
}

Extension CaConstraintsExtension(int path_length) {
  std::vector<std::string> parts = {der::Boolean(true)};
  if (path_length >= 0) parts.push_back(der::Integer(path_length));
  return {kOidBasicConstraints, true, der::Sequence(parts)};
}

std::string KeyIdOf(std::string_view spki) { return Sha1(spki); }

Extension SubjectKeyIdExtension(std::string_view spki) {
  return {kOidSubjectKeyId, false, der::OctetString(KeyIdOf(spki))};
}

Extension AuthorityKeyIdExtension(std::string_view issuer_spki) {
  return {kOidAuthorityKeyId, false, der::Sequence({der::ImplicitPrimitive(0, KeyIdOf(issuer_spki))})};
}

std::string EncodeTbs(const CertificateSpec& spec, const Key& signer) {
  std::vector<std::string> extensions;
  for (const Extension& extension : spec.extensions) extensions.push_back(EncodeExtension(extension));
  std::vector<std::string> parts = {
      der::Explicit(0, der::Integer(2)),
      der::UnsignedInteger(spec.serial),
      spec.signature_algorithm.empty() ? signer.SignatureAlgorithm() : spec.signature_algorithm,
      spec.issuer,
      der::Sequence({der::X509Time(spec.not_before), der::X509Time(spec.not_after)}),
      spec.subject,
      spec.spki,
  };
  if (!extensions.empty()) parts.push_back(der::Explicit(3, der::Sequence(extensions)));
  return der::Sequence(parts);
}

std::string SignCertificate(const CertificateSpec& spec, const Key& signer) {
  const std::string tbs = EncodeTbs(spec, signer);
  return der::Sequence({tbs, signer.SignatureAlgorithm(), der::BitString(signer.Sign(tbs))});
}

}  // namespace chartseal::sandbox
