#include "verifier/crypto/certificate.h"

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/certificate_impl.h"
#include "verifier/crypto/der_reader.h"

namespace chartseal::crypto {
namespace {

absl::Status Bad(std::string_view what) {
  return Malformed(Reason::kCertificateMalformed, "certificate", what);
}

std::string AttributeName(const std::string& type) {
  if (type == "2.5.4.3") return "CN";
  if (type == "2.5.4.6") return "C";
  if (type == "2.5.4.7") return "L";
  if (type == "2.5.4.8") return "ST";
  if (type == "2.5.4.10") return "O";
  if (type == "2.5.4.11") return "OU";
  return type;
}

// Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }, written with the last part first as RFC 4514 does.
absl::StatusOr<std::string> NameText(std::string_view name) {
  std::string text;
  DerReader outer(name);
  ASSIGN_OR_RETURN(DerReader parts, outer.Enter(der::kSequence));
  while (!parts.AtEnd()) {
    ASSIGN_OR_RETURN(DerReader set, parts.Enter(der::kSet));
    while (!set.AtEnd()) {
      ASSIGN_OR_RETURN(DerReader attribute, set.Enter(der::kSequence));
      ASSIGN_OR_RETURN(const std::string type, attribute.Oid());
      ASSIGN_OR_RETURN(const DerElement value, attribute.Next());
      const std::string part = Cat(AttributeName(type), "=", Printable(value.contents, 64));
      text = text.empty() ? part : Cat(part, ",", text);
    }
  }
  return text;
}

}  // namespace

absl::StatusOr<Certificate> Certificate::FromDer(std::string_view der) {
  if (der.size() > limits::kMaxCertificateBytes) return Bad("too large");
  auto impl = std::make_shared<Impl>();
  impl->der = std::string(der);
  if (absl::Status status = DecodeCertificate(*impl); !status.ok()) return Bad(Message(status));
  return Certificate(std::move(impl));
}

absl::StatusOr<std::vector<Certificate>> Certificate::ListFromPem(std::string_view pem) {
  if (pem.size() > limits::kMaxPemBytes) return Bad("PEM file is too large");
  std::vector<Certificate> list;
  for (;;) {
    const auto der = PemDecode(pem, "CERTIFICATE", &pem);
    if (absl::IsNotFound(der.status())) break;
    if (!der.ok()) return Bad(Message(der.status()));
    if (list.size() == limits::kMaxChainLength)
      return Bad(Cat("more than ", limits::kMaxChainLength, " in one PEM file"));
    ASSIGN_OR_RETURN(Certificate certificate, FromDer(*der));
    list.push_back(std::move(certificate));
  }
  if (list.empty()) return Bad("no PEM block 'CERTIFICATE'");
  return list;
}

const std::string& Certificate::der() const { return impl_->der; }
absl::Time Certificate::not_before() const { return impl_->not_before; }
absl::Time Certificate::not_after() const { return impl_->not_after; }
const PublicKey& Certificate::public_key() const { return *impl_->public_key; }
const std::string& Certificate::subject_der() const { return impl_->subject_der; }
const std::string& Certificate::issuer_der() const { return impl_->issuer_der; }
const std::string& Certificate::serial() const { return impl_->serial; }
bool Certificate::is_ca() const { return impl_->is_ca; }

std::string Certificate::subject_text() const {
  const auto text = NameText(impl_->subject_der);
  return text.ok() ? *text : "(unreadable name)";
}

bool Certificate::is_self_signed() const {
  return impl_->subject_der == impl_->issuer_der && IsSignedBy(*this, public_key());
}

bool Certificate::allows_digital_signature() const {
  return !impl_->has_key_usage || impl_->digital_signature;
}

const std::optional<std::vector<std::string>>& Certificate::extended_key_usage() const {
  return impl_->extended_key_usage;
}

bool Certificate::extended_key_usage_is_critical() const {
  const Extension* extension = FindExtension(oid::kExtendedKeyUsage);
  return extension != nullptr && extension->critical;
}

const std::vector<SubjectAltName>& Certificate::subject_alt_names() const { return impl_->subject_alt_names; }
const std::vector<Extension>& Certificate::extensions() const { return impl_->extensions; }

const Extension* Certificate::FindExtension(std::string_view oid) const {
  for (const Extension& extension : impl_->extensions) {
    if (extension.oid == oid) return &extension;
  }
  return nullptr;
}

absl::StatusOr<std::string> Certificate::TbsWithoutExtension(std::string_view oid) const {
  if (FindExtension(oid) == nullptr) return Bad(Cat("has no extension ", oid));
  std::string kept;
  for (size_t i = 0; i < impl_->extensions.size(); ++i) {
    if (impl_->extensions[i].oid != oid) kept += impl_->encoded_extensions[i];
  }
  std::string contents(impl_->tbs_before_extensions);
  // extensions [3] EXPLICIT SEQUENCE SIZE (1..MAX) OPTIONAL: an empty list is left out altogether.
  if (!kept.empty()) contents += DerEncode(der::ContextConstructed(3), DerEncode(der::kSequence, kept));
  return DerEncode(der::kSequence, contents);
}

bool IsSignedBy(const Certificate& certificate, const PublicKey& key) {
  const Certificate::Impl& impl = certificate.impl();
  return impl.scheme && key.Verify(*impl.scheme, impl.tbs, impl.signature) == SignatureCheck::kValid;
}

}  // namespace chartseal::crypto
