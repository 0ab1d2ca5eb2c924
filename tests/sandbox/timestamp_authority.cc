#include "tests/sandbox/timestamp_authority.h"

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

constexpr char kOidContentType[] = "1.2.840.113549.1.9.3";
constexpr char kOidMessageDigest[] = "1.2.840.113549.1.9.4";
constexpr char kOidSigningCertificateV2[] = "1.2.840.113549.1.9.16.2.47";

std::string Attribute(std::string_view oid, const std::string& value) {
  return der::Sequence({der::Oid(oid), der::SetOf({value})});
}

std::string EncodeTstInfo(const TstInfoSpec& info) {
  const std::string imprint =
      der::Sequence({der::AlgorithmWithNull(HashOid(info.hash)), der::OctetString(info.imprint)});
  std::vector<std::string> parts = {der::Integer(info.version),
                                    der::Oid(info.policy),
                                    imprint,
                                    der::UnsignedInteger(info.serial),
                                    der::GeneralizedTime(info.gen_time),
                                    der::Sequence({der::Integer(1)})};  // accuracy: one second
  if (!info.nonce.empty()) parts.push_back(der::UnsignedInteger(info.nonce));
  return der::Sequence(parts);
}

// ESSCertIDv2 with the default SHA-256 and no issuerSerial.
std::string SigningCertificateV2(std::string_view certificate) {
  return der::Sequence({der::Sequence({der::Sequence({der::OctetString(Sha256(certificate))})})});
}

std::string SignedAttributes(const TimestampSpec& spec) {
  std::vector<std::string> attributes = {Attribute(kOidContentType, der::Oid(spec.attribute_content_type)),
                                         Attribute(kOidMessageDigest, der::OctetString(spec.message_digest))};
  attributes.insert(attributes.end(), spec.extra_attributes.begin(), spec.extra_attributes.end());
  return der::SetOf(std::move(attributes));
}

std::string SignerInfo(const TimestampSpec& spec, const Key& signer, const TimestampHooks& hooks) {
  const std::string attributes = SignedAttributes(spec);
  std::string signature =
      signer.SignWith(spec.digest, spec.with_signed_attributes ? attributes : spec.tst_info);
  if (hooks.signature) hooks.signature(signature);
  std::vector<std::string> parts = {
      der::Integer(1), der::Sequence({spec.signer_issuer, der::UnsignedInteger(spec.signer_serial)}),
      der::AlgorithmWithNull(HashOid(spec.digest))};
  // The same bytes under the context tag that CMS wants here.
  if (spec.with_signed_attributes) parts.push_back("\xa0" + attributes.substr(1));
  parts.push_back(signer.SignatureAlgorithm(spec.digest));
  parts.push_back(der::OctetString(signature));
  return der::Sequence(parts);
}

std::string SignedData(const TimestampSpec& spec, const Key& signer, const TimestampHooks& hooks) {
  std::vector<std::string> parts = {
      der::Integer(3), der::SetOf({der::AlgorithmWithNull(HashOid(spec.digest))}),
      der::Sequence({der::Oid(spec.content_type), der::Explicit(0, der::OctetString(spec.tst_info))})};
  std::string bag;
  for (const std::string& certificate : spec.certificates) bag += certificate;
  if (!bag.empty()) parts.push_back(der::ImplicitConstructed(0, bag));
  const std::string signer_info = SignerInfo(spec, signer, hooks);
  parts.push_back(
      der::SetOf(std::vector<std::string>(static_cast<size_t>(spec.signer_info_copies), signer_info)));
  return der::Sequence(parts);
}

std::string EncodeResponse(const TimestampSpec& spec, const Key& signer, const TimestampHooks& hooks) {
  const std::string token =
      der::Sequence({der::Oid(spec.content_info_type), der::Explicit(0, SignedData(spec, signer, hooks))});
  return der::Sequence({der::Sequence({der::Integer(spec.status)}), token});
}

CertificateSpec AuthoritySpec(const TimestampAuthorityOptions& options, const std::string& name_suffix,
                              const Key& key, int path_length) {
  CertificateSpec spec;
  spec.serial = RandomBytes(16);
  spec.issuer = EncodeName(options.organization, options.common_name + "-root");
  spec.subject = EncodeName(options.organization, options.common_name + name_suffix);
  spec.not_before = options.not_before;
  spec.not_after = options.not_after;
  spec.spki = key.Spki();
  spec.extensions = {KeyUsageExtension({5, 6}), CaConstraintsExtension(path_length),
                     SubjectKeyIdExtension(spec.spki)};
  return spec;
}

CertificateSpec TimestampLeafSpec(const TimestampAuthorityOptions& options, const Key& key,
                                  const std::string& issuer, const Key& issuing_key) {
  CertificateSpec spec = AuthoritySpec(options, "", key, 0);
  spec.issuer = issuer;
  spec.extensions = {KeyUsageExtension({0}), SubjectKeyIdExtension(spec.spki),
                     AuthorityKeyIdExtension(issuing_key.Spki()),
                     ExtendedKeyUsageExtension({kPurposeTimeStamping}, true)};
  return spec;
}

// Root, optional intermediate and leaf, each through its hook.
TimestampIdentity MakeIdentity(const TimestampAuthorityOptions& options) {
  const Key root_key = Key::Generate(KeyType::kEcdsaP384);
  CertificateSpec root = AuthoritySpec(options, "-root", root_key, options.with_intermediate ? 1 : 0);
  if (options.root) options.root(root);
  std::vector<std::string> chain = {SignCertificate(root, root_key)};
  Key issuing_key = root_key;
  std::string issuer = root.subject;
  if (options.with_intermediate) {
    const Key intermediate_key = Key::Generate(KeyType::kEcdsaP384);
    CertificateSpec intermediate = AuthoritySpec(options, "-intermediate", intermediate_key, 0);
    intermediate.extensions.push_back(AuthorityKeyIdExtension(root_key.Spki()));
    intermediate.extensions.push_back(ExtendedKeyUsageExtension({kPurposeTimeStamping}, false));
    if (options.intermediate) options.intermediate(intermediate);
    chain.insert(chain.begin(), SignCertificate(intermediate, root_key));
    issuing_key = intermediate_key;
    issuer = intermediate.subject;
  }
  const Key leaf_key = Key::Generate(KeyType::kEcdsaP256);
  CertificateSpec leaf = TimestampLeafSpec(options, leaf_key, issuer, issuing_key);
  if (options.leaf) options.leaf(leaf);
  chain.insert(chain.begin(), SignCertificate(leaf, issuing_key));
  return {leaf_key, std::move(chain), leaf.issuer, leaf.serial, options.embed_certificate};
}

}  // namespace

TimestampAuthority::TimestampAuthority(const TimestampAuthorityOptions& options)
    : identity_(MakeIdentity(options)) {}

std::string TimestampAuthority::Stamp(std::string_view message, absl::Time time,
                                      const TimestampHooks& hooks) const {
  TstInfoSpec info;
  info.imprint = Sha256(message);
  info.serial = RandomBytes(12);
  info.gen_time = time;
  return Respond(std::move(info), identity_.embed_certificate, hooks);
}

std::string TimestampAuthority::Respond(TstInfoSpec info, bool embed_certificate,
                                        const TimestampHooks& hooks) const {
  if (hooks.tst_info) hooks.tst_info(info);
  TimestampSpec spec;
  spec.tst_info = EncodeTstInfo(info);
  spec.message_digest = HashWith(spec.digest, spec.tst_info);
  spec.extra_attributes = {Attribute(kOidSigningCertificateV2, SigningCertificateV2(leaf()))};
  if (embed_certificate) spec.certificates = {leaf()};
  spec.signer_issuer = identity_.leaf_issuer;
  spec.signer_serial = identity_.leaf_serial;
  if (hooks.token) hooks.token(spec);
  std::string response = EncodeResponse(spec, leaf_key(), hooks);
  if (hooks.response) hooks.response(response);
  return response;
}

}  // namespace chartseal::sandbox
