#include "tests/sandbox/certificate_authority.h"

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

constexpr int kDigitalSignature = 0;
constexpr int kKeyCertSign = 5;
constexpr int kCrlSign = 6;

std::string RootName(std::string_view organization, std::string_view common_name) {
  return EncodeName(organization, common_name);
}

std::string IntermediateName(std::string_view organization, std::string_view common_name) {
  return EncodeName(organization, std::string(common_name) + "-intermediate");
}

CertificateSpec RootSpec(const CertificateAuthorityOptions& options, const Key& key) {
  CertificateSpec spec;
  spec.serial = RandomBytes(16);
  spec.issuer = RootName(options.organization, options.common_name);
  spec.subject = spec.issuer;
  spec.not_before = options.not_before;
  spec.not_after = options.not_after;
  spec.spki = key.Spki();
  spec.extensions = {KeyUsageExtension({kKeyCertSign, kCrlSign}), CaConstraintsExtension(1),
                     SubjectKeyIdExtension(spec.spki)};
  return spec;
}

CertificateSpec IntermediateSpec(const CertificateAuthorityOptions& options, const Key& key,
                                 const Key& root_key) {
  CertificateSpec spec = RootSpec(options, key);
  spec.subject = IntermediateName(options.organization, options.common_name);
  spec.extensions = {KeyUsageExtension({kKeyCertSign, kCrlSign}),
                     ExtendedKeyUsageExtension({kPurposeCodeSigning}, false), CaConstraintsExtension(0),
                     SubjectKeyIdExtension(spec.spki), AuthorityKeyIdExtension(root_key.Spki())};
  return spec;
}

CertificateSpec LeafSpec(const LeafRequest& request, const std::string& issuer, const Key& issuing_key) {
  CertificateSpec spec;
  spec.serial = RandomBytes(16);
  spec.issuer = issuer;
  spec.subject = EncodeName("", "");
  spec.not_before = request.not_before;
  spec.not_after = request.not_before + request.lifetime;
  spec.spki = request.spki;
  spec.extensions = {KeyUsageExtension({kDigitalSignature}),
                     ExtendedKeyUsageExtension({kPurposeCodeSigning}, false),
                     SubjectKeyIdExtension(spec.spki), AuthorityKeyIdExtension(issuing_key.Spki())};
  for (Extension& extension : IdentityExtensions(request.identity)) {
    spec.extensions.push_back(std::move(extension));
  }
  return spec;
}

std::string EncodeSctList(const std::vector<std::string>& scts) {
  std::string list;
  for (const std::string& sct : scts) list += BigEndian(sct.size(), 2) + sct;
  return BigEndian(list.size(), 2) + list;
}

}  // namespace

CertificateAuthority::CertificateAuthority(const CertificateAuthorityOptions& options)
    : root_key_(options.root_key.value_or(Key::Generate(KeyType::kEcdsaP384))),
      intermediate_key_(options.intermediate_key.value_or(Key::Generate(KeyType::kEcdsaP384))),
      organization_(options.organization),
      common_name_(options.common_name) {
  CertificateSpec root = RootSpec(options, root_key_);
  if (options.root) options.root(root);
  root_ = SignCertificate(root, root_key_);
  if (!options.with_intermediate) return;
  CertificateSpec intermediate = IntermediateSpec(options, intermediate_key_, root_key_);
  if (options.intermediate) options.intermediate(intermediate);
  intermediate_ = SignCertificate(intermediate, root_key_);
}

CertificateAuthority::CertificateAuthority(Key root_key, Key intermediate_key, std::string root,
                                           std::string intermediate, std::string organization,
                                           std::string common_name)
    : root_key_(std::move(root_key)),
      intermediate_key_(std::move(intermediate_key)),
      organization_(std::move(organization)),
      common_name_(std::move(common_name)),
      root_(std::move(root)),
      intermediate_(std::move(intermediate)) {}

std::vector<std::string> CertificateAuthority::Chain() const {
  if (intermediate_.empty()) return {root_};
  return {intermediate_, root_};
}

std::string CertificateAuthority::IssuerName() const {
  return intermediate_.empty() ? RootName(organization_, common_name_)
                               : IntermediateName(organization_, common_name_);
}

std::string CertificateAuthority::Issue(const LeafRequest& request, const std::vector<const CtLog*>& logs,
                                        const CertificateHooks& hooks) const {
  CertificateSpec spec = LeafSpec(request, IssuerName(), issuing_key());
  if (hooks.certificate) hooks.certificate(spec);
  const std::string tbs = EncodeTbs(spec, issuing_key());
  std::vector<std::string> scts;
  SctSpec base;
  for (const CtLog* log : logs) {
    SctSpec sct = log->Prepare(issuing_key().Spki(), tbs,
                               static_cast<uint64_t>(absl::ToUnixMillis(request.not_before)));
    if (hooks.sct) hooks.sct(sct);
    if (scts.empty()) base = sct;
    scts.push_back(log->Issue(sct));
  }
  if (hooks.sct_list) hooks.sct_list(scts, base);
  std::string list = EncodeSctList(scts);
  if (hooks.sct_list_bytes) hooks.sct_list_bytes(list);
  if (!scts.empty()) spec.extensions.push_back({kOidSctList, false, der::OctetString(list)});
  if (hooks.certificate_with_scts) hooks.certificate_with_scts(spec);
  return SignCertificate(spec, issuing_key());
}

}  // namespace chartseal::sandbox
