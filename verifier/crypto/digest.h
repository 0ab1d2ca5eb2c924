#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chartseal::crypto {

enum class HashAlgorithm { kSha256, kSha384, kSha512 };

// 32, 48 or 64 bytes.
size_t DigestSize(HashAlgorithm algorithm);

// "sha256", "sha384", "sha512". Static lifetime.
std::string_view Name(HashAlgorithm algorithm);

// The raw digest of `data`.
std::string Hash(HashAlgorithm algorithm, std::string_view data);
inline std::string Sha256(std::string_view data) { return Hash(HashAlgorithm::kSha256, data); }

// Hashes a stream piece by piece. Not thread-safe; usable once.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void Update(std::string_view data);
  // The raw digest. Call once.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "algorithm:hex", as OCI writes it (image-spec descriptor.md#digests): sha256 or sha512, lower-case hex of
// exactly the right length. A value type; always well-formed.
class Digest {
 public:
  // InvalidArgument (Reason::kReferenceMalformed) on anything else.
  static absl::StatusOr<Digest> Parse(std::string_view text);
  static Digest Of(HashAlgorithm algorithm, std::string_view data) {
    return Digest(algorithm, Hash(algorithm, data));
  }
  static Digest Sha256Of(std::string_view data) { return Of(HashAlgorithm::kSha256, data); }
  // From raw digest bytes; InvalidArgument when the length is wrong.
  static absl::StatusOr<Digest> FromBytes(HashAlgorithm algorithm, std::string_view bytes);

  HashAlgorithm algorithm() const { return algorithm_; }
  // Raw bytes.
  const std::string& bytes() const { return bytes_; }
  // Lower-case hex without the algorithm.
  std::string hex() const;
  std::string ToString() const;

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine(std::move(h), static_cast<int>(digest.algorithm_), digest.bytes_);
  }

 private:
  Digest(HashAlgorithm algorithm, std::string bytes) : algorithm_(algorithm), bytes_(std::move(bytes)) {}
  HashAlgorithm algorithm_;
  std::string bytes_;
};

}  // namespace chartseal::crypto
