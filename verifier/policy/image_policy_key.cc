#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"
#include "verifier/policy/image_policy_authority.h"

// `key: {data | secretRef | kms, hashAlgorithm}` (spec/peers.md §2.2).
namespace chartseal::policy {
namespace {

using crypto::KeyType;
using crypto::SignatureScheme;

// policy-controller verifies with the hash that the policy names, whatever the curve (spec/sigstore.md §1.1);
// nothing else than PKCS#1 v1.5 for RSA. Nullopt: such a hash is not supported.
std::optional<SignatureScheme> SchemeOf(KeyType type, std::string_view hash) {
  if (type == KeyType::kEd25519) return SignatureScheme::kEd25519;
  const bool rsa = type == KeyType::kRsa;
  if (hash == "sha256") return rsa ? SignatureScheme::kRsaPkcs1Sha256 : SignatureScheme::kEcdsaSha256;
  if (hash == "sha384") return rsa ? SignatureScheme::kRsaPkcs1Sha384 : SignatureScheme::kEcdsaSha384;
  if (hash == "sha512") return rsa ? SignatureScheme::kRsaPkcs1Sha512 : SignatureScheme::kEcdsaSha512;
  return std::nullopt;
}

absl::Status CheckHash(ObjectReader& key, std::string_view hash) {
  if (SchemeOf(KeyType::kRsa, hash)) return absl::OkStatus();
  return key.ErrorAt("hashAlgorithm",
                     Cat("expected sha256, sha384 or sha512, found \"", Printable(hash, 40), "\""));
}

// The PEM blocks of a text. What stands between them is dropped, as in every PEM reader.
std::vector<std::string> SplitPem(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  std::vector<std::string> blocks;
  for (size_t at = text.find(kBegin); at != std::string_view::npos;) {
    const size_t next = text.find(kBegin, at + kBegin.size());
    blocks.emplace_back(text.substr(at, next == std::string_view::npos ? next : next - at));
    at = next;
  }
  return blocks;
}

absl::StatusOr<std::string> ReadSecret(ObjectReader& key, const ImagePolicyContext& context,
                                       ImagePolicyNotes& notes) {
  ASSIGN_OR_RETURN(ObjectReader reference, key.Object("secretRef"));
  ASSIGN_OR_RETURN(const std::string name, reference.String("name"));
  ASSIGN_OR_RETURN(const std::string space, reference.StringOr("namespace", ""));
  RETURN_IF_ERROR(reference.Done());
  if (name.empty()) return reference.ErrorAt("name", "is empty");
  if (!context.secrets) {
    return key.ErrorAt("secretRef", "Secrets are not read here; write the public key into key.data");
  }
  auto pem = context.secrets(space, name);
  if (!pem.ok()) return key.ErrorAt("secretRef", Message(pem.status()));
  notes.inputs.insert_or_assign(Cat("Secret ", space, "/", name), crypto::Digest::Sha256Of(*pem).ToString());
  return pem;
}

absl::StatusOr<std::string> ReadPem(ObjectReader& key, std::string_view field,
                                    const ImagePolicyContext& context, ImagePolicyNotes& notes) {
  if (field == "secretRef") return ReadSecret(key, context, notes);
  return key.String(field);
}

// Which of the ways to name a key is used; the others may be there and empty.
absl::StatusOr<std::string_view> SourceOf(ObjectReader& key) {
  ASSIGN_OR_RETURN(const std::string kms, key.StringOr("kms", ""));
  if (!kms.empty()) {
    return key.ErrorAt("kms",
                       "key management services are not asked; export the public key and write it into "
                       "key.data");
  }
  ASSIGN_OR_RETURN(const std::string data, key.StringOr("data", ""));
  if (data.empty() == key.Has("secretRef")) return data.empty() ? "secretRef" : "data";
  return key.Error(data.empty() ? "one of data and secretRef is needed"
                                : "give one of data and secretRef, not both");
}

}  // namespace

absl::StatusOr<std::vector<crypto::PublicKey>> ReadPublicKeys(std::string_view pem) {
  const std::vector<std::string> blocks = SplitPem(pem);
  if (blocks.empty()) {
    return Malformed(Reason::kKeyMalformed, "public key", "holds no PEM block; a \"PUBLIC KEY\" is expected");
  }
  if (blocks.size() > limits::kMaxPolicyList) {
    return Malformed(Reason::kKeyMalformed, "public key",
                     Cat("holds more than ", limits::kMaxPolicyList, " keys"));
  }
  std::vector<crypto::PublicKey> keys;
  for (const std::string& block : blocks) {
    ASSIGN_OR_RETURN(crypto::PublicKey key, crypto::PublicKey::FromPem(block));
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::StatusOr<std::vector<sigstore::ManagedKey>> ReadImagePolicyKeys(ObjectReader& key, bool bundle,
                                                                      const ImagePolicyContext& context,
                                                                      ImagePolicyNotes& notes) {
  ASSIGN_OR_RETURN(const std::string_view source, SourceOf(key));
  ASSIGN_OR_RETURN(const std::string pem, ReadPem(key, source, context, notes));
  ASSIGN_OR_RETURN(const std::string named, key.StringOr("hashAlgorithm", ""));
  RETURN_IF_ERROR(CheckHash(key, named.empty() ? "sha256" : named));
  RETURN_IF_ERROR(key.Done());
  auto decoded = ReadPublicKeys(pem);
  if (!decoded.ok()) return key.ErrorAt(source, Message(decoded.status()));
  std::vector<sigstore::ManagedKey> keys;
  for (crypto::PublicKey& public_key : *decoded) {
    // Bundles name no hash either, but their signers choose the one that belongs to the key.
    std::optional<SignatureScheme> scheme;
    if (!bundle || !named.empty()) scheme = SchemeOf(public_key.type(), named.empty() ? "sha256" : named);
    keys.push_back({std::move(public_key), scheme, std::nullopt});
  }
  return keys;
}

}  // namespace chartseal::policy
