#include "verifier/sigstore/protobuf_enum.h"

#include <string>

#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

using crypto::KeyType;
using crypto::SignatureScheme;

template <typename T>
struct EnumValue {
  int number;  // in sigstore_common.proto
  std::string_view name;
  T meaning;
};

constexpr EnumValue<crypto::HashAlgorithm> kHashAlgorithms[] = {
    {1, "SHA2_256", crypto::HashAlgorithm::kSha256},
    {2, "SHA2_384", crypto::HashAlgorithm::kSha384},
    {3, "SHA2_512", crypto::HashAlgorithm::kSha512},
};

constexpr EnumValue<KeyDetails> kKeyDetails[] = {
    {1, "PKCS1_RSA_PKCS1V5", {KeyType::kRsa, 0, true, SignatureScheme::kRsaPkcs1Sha256}},
    {5, "PKIX_ECDSA_P256_SHA_256", {KeyType::kEcdsaP256, 0, false, SignatureScheme::kEcdsaSha256}},
    {7, "PKIX_ED25519", {KeyType::kEd25519, 0, false, SignatureScheme::kEd25519}},
    {9, "PKIX_RSA_PKCS1V15_2048_SHA256", {KeyType::kRsa, 2048, false, SignatureScheme::kRsaPkcs1Sha256}},
    {10, "PKIX_RSA_PKCS1V15_3072_SHA256", {KeyType::kRsa, 3072, false, SignatureScheme::kRsaPkcs1Sha256}},
    {11, "PKIX_RSA_PKCS1V15_4096_SHA256", {KeyType::kRsa, 4096, false, SignatureScheme::kRsaPkcs1Sha256}},
    {12, "PKIX_ECDSA_P384_SHA_384", {KeyType::kEcdsaP384, 0, false, SignatureScheme::kEcdsaSha384}},
    {13, "PKIX_ECDSA_P521_SHA_512", {KeyType::kEcdsaP521, 0, false, SignatureScheme::kEcdsaSha512}},
};

template <typename T, size_t N>
absl::StatusOr<T> ReadEnum(ObjectReader& reader, std::string_view name, const EnumValue<T> (&values)[N]) {
  const Node* node = reader.Raw(name);
  if (node == nullptr) return reader.ErrorAt(name, "missing");
  for (const EnumValue<T>& value : values) {
    if (node->is_string() && node->string_value() == value.name) return value.meaning;
    if (node->kind() == Node::Kind::kInteger && node->integer_value() == value.number) return value.meaning;
  }
  std::string found(KindName(node->kind()));
  if (node->is_string()) found = Cat("\"", Printable(node->string_value(), 64), "\"");
  if (node->kind() == Node::Kind::kInteger) found = Cat(node->integer_value());
  return reader.ErrorAt(name, Cat("expected ", values[0].name, " or a value of its kind, found ", found));
}

}  // namespace

absl::StatusOr<crypto::HashAlgorithm> ReadHashAlgorithm(ObjectReader& reader, std::string_view name) {
  return ReadEnum(reader, name, kHashAlgorithms);
}

absl::StatusOr<KeyDetails> ReadKeyDetails(ObjectReader& reader, std::string_view name) {
  return ReadEnum(reader, name, kKeyDetails);
}

std::string_view KeyDetailsName(const crypto::PublicKey& key) {
  for (const EnumValue<KeyDetails>& value : kKeyDetails) {
    const KeyDetails& details = value.meaning;
    if (details.pkcs1 || details.type != key.type() || key.type() == KeyType::kEd25519) continue;
    if (details.bits == 0 || details.bits == key.bits()) return value.name;
  }
  return "";
}

}  // namespace chartseal::sigstore
