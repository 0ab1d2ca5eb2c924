#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "verifier/crypto/digest.h"

namespace chartseal::oci {

// Takes the bytes of one blob as they come, hashing them, and never holds more than the announced size. Not
// thread-safe.
class BlobReceiver {
 public:
  // `where` names the blob in errors.
  BlobReceiver(std::string where, crypto::Digest digest, int64_t size)
      : where_(std::move(where)), digest_(std::move(digest)), size_(static_cast<size_t>(size)) {}

  // Forgets what came so far: another attempt starts.
  void Restart();
  // DataLoss/kDigestMismatch as soon as there are more bytes than announced.
  absl::Status Take(std::string_view piece);
  // The blob; DataLoss/kDigestMismatch when it is too short or has another digest. Call once.
  absl::StatusOr<std::string> Finish();

 private:
  std::string where_;
  crypto::Digest digest_;
  size_t size_;
  std::string bytes_;
  std::optional<crypto::Hasher> hasher_;
};

// DataLoss/kDigestMismatch.
absl::Status DigestMismatch(std::string_view where, std::string_view expected, std::string_view found);

}  // namespace chartseal::oci
