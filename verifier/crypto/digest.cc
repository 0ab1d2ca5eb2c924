#include "verifier/crypto/digest.h"

#include <algorithm>
#include <cstdlib>

#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/message_digest.h"
#include "verifier/crypto/openssl_ptr.h"

namespace chartseal::crypto {
namespace {

// Hashing can only fail when OpenSSL is out of memory or has no such digest; there is no way to go on.
void Require(bool ok) {
  if (!ok) std::abort();
}

const EVP_MD* Fetch(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  Require(md != nullptr);
  return md;
}

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

const EVP_MD* MessageDigest(HashAlgorithm algorithm) {
  static const EVP_MD* const sha256 = Fetch("SHA2-256");
  static const EVP_MD* const sha384 = Fetch("SHA2-384");
  static const EVP_MD* const sha512 = Fetch("SHA2-512");
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return sha256;
    case HashAlgorithm::kSha384:
      return sha384;
    case HashAlgorithm::kSha512:
      return sha512;
  }
  std::abort();
}

size_t DigestSize(HashAlgorithm algorithm) {
  return static_cast<size_t>(EVP_MD_get_size(MessageDigest(algorithm)));
}

std::string_view Name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return "sha256";
    case HashAlgorithm::kSha384:
      return "sha384";
    case HashAlgorithm::kSha512:
      return "sha512";
  }
  std::abort();
}

std::string Hash(HashAlgorithm algorithm, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  Require(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     MessageDigest(algorithm), nullptr) == 1);
  out.resize(size);
  return out;
}

struct Hasher::State {
  EvpMdCtxPtr context{EVP_MD_CTX_new()};
};

Hasher::Hasher(HashAlgorithm algorithm) : state_(std::make_unique<State>()) {
  Require(state_->context &&
          EVP_DigestInit_ex(state_->context.get(), MessageDigest(algorithm), nullptr) == 1);
}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::Update(std::string_view data) {
  Require(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1);
}

std::string Hasher::Finish() {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  Require(EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(out.data()), &size) ==
          1);
  out.resize(size);
  return out;
}

absl::StatusOr<Digest> Digest::Parse(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon == std::string_view::npos || (name != "sha256" && name != "sha512")) {
    return Malformed(Reason::kReferenceMalformed, Printable(text, 160),
                     "not a digest; expected sha256:<64 hex digits>");
  }
  const HashAlgorithm algorithm = name == "sha256" ? HashAlgorithm::kSha256 : HashAlgorithm::kSha512;
  const std::string_view hex = text.substr(colon + 1);
  if (!std::all_of(hex.begin(), hex.end(), IsLowerHex) || hex.size() != 2 * DigestSize(algorithm)) {
    return Malformed(
        Reason::kReferenceMalformed, Printable(text, 160),
        Cat("not a digest; ", name, " needs ", 2 * DigestSize(algorithm), " lower-case hex digits"));
  }
  ASSIGN_OR_RETURN(std::string bytes, HexDecode(hex));
  return Digest(algorithm, std::move(bytes));
}

absl::StatusOr<Digest> Digest::FromBytes(HashAlgorithm algorithm, std::string_view bytes) {
  if (bytes.size() != DigestSize(algorithm)) {
    return absl::InvalidArgumentError(
        Cat("a ", Name(algorithm), " digest has ", DigestSize(algorithm), " bytes, found ", bytes.size()));
  }
  return Digest(algorithm, std::string(bytes));
}

std::string Digest::hex() const { return HexEncode(bytes_); }
std::string Digest::ToString() const { return Cat(Name(algorithm_), ":", hex()); }

}  // namespace chartseal::crypto
