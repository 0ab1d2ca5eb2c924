#include "tests/webhook/tls_pairs.h"

#include "tests/sandbox/certificate_spec.h"
#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"

namespace chartseal::webhook {
namespace {

using sandbox::CertificateSpec;
using sandbox::Key;
namespace der = sandbox::der;

sandbox::Extension DnsNames(const std::vector<std::string>& names) {
  std::vector<std::string> elements;
  for (const std::string& name : names) elements.push_back(der::ImplicitPrimitive(2, name));
  return {.oid = sandbox::kOidSubjectAltName, .value = der::Sequence(elements)};
}

CertificateSpec SpecOf(const PairSpec& spec, const std::string& issuer, const Key& key) {
  CertificateSpec certificate;
  certificate.serial = "\x01" + sandbox::RandomBytes(8);
  certificate.issuer = sandbox::EncodeName("", issuer);
  certificate.subject = sandbox::EncodeName("", spec.common_name);
  certificate.not_before = spec.not_before;
  certificate.not_after = spec.not_after;
  certificate.spki = key.Spki();
  if (!spec.dns_names.empty()) certificate.Set(DnsNames(spec.dns_names));
  if (!spec.purpose.empty()) certificate.Set(sandbox::ExtendedKeyUsageExtension({spec.purpose}, false));
  return certificate;
}

std::string Signed(const CertificateSpec& spec, const Key& key) {
  return sandbox::PemEncode("CERTIFICATE", sandbox::SignCertificate(spec, key));
}

std::string SelfSignedAuthority(const std::string& name, const Key& key) {
  CertificateSpec spec = SpecOf({.common_name = name}, name, key);
  spec.Set(sandbox::CaConstraintsExtension(-1));
  spec.Set(sandbox::KeyUsageExtension({5, 6}));
  return Signed(spec, key);
}

}  // namespace

TlsAuthority::TlsAuthority(std::string name)
    : name_(std::move(name)),
      key_(Key::Generate(sandbox::KeyType::kEcdsaP256)),
      certificate_(SelfSignedAuthority(name_, key_)) {}

TlsPair TlsAuthority::Issue(const PairSpec& spec) const {
  const Key key = Key::Generate(sandbox::KeyType::kEcdsaP256);
  return {Signed(SpecOf(spec, name_, key), key_), key.PrivatePem()};
}

TlsPair SelfSigned(std::string name, absl::Time not_after) {
  const Key key = Key::Generate(sandbox::KeyType::kEcdsaP256);
  return {Signed(SpecOf({.common_name = name, .not_after = not_after}, name, key), key), key.PrivatePem()};
}

}  // namespace chartseal::webhook
