#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "publisher/push/upload_session.h"
#include "publisher/push/write_step.h"
#include "verifier/crypto/digest.h"

namespace chartseal::publisher {

// Whether the repository has the blob: it answers HEAD with 200 and says nothing that contradicts size or
// digest. Errors only where asking on would be in vain (401, too many requests, server errors); what else the
// registry holds against us, the upload is told in words.
absl::StatusOr<bool> HasBlob(const WriteStep& step, const crypto::Digest& digest, size_t size);

// Uploads one blob (spec/helm-oci-kubernetes.md §3.2): a session, then everything in one PUT; where that is
// too large for the registry, in chunks. A session that breaks is not continued: the blob is sent again from
// the start in another, at most limits::kMaxUploadAttempts times. Sessions that are given up are deleted. Not
// thread-safe; use once.
class BlobUpload {
 public:
  // All are borrowed.
  BlobUpload(const WriteStep& step, std::string_view bytes, const crypto::Digest& digest)
      : step_(step), bytes_(bytes), digest_(digest) {}

  // Errors as WriteStep.
  absl::Status Run();

 private:
  enum class Kind { kDone, kBroken, kTooLarge, kRefused };
  // What came of one attempt.
  struct Attempt {
    Kind kind = Kind::kDone;
    absl::Status error;
    absl::StatusOr<oci::ExchangeResult> outcome = absl::UnknownError("");  // of what broke it
  };

  Attempt InOnePiece();
  Attempt InChunks();
  Attempt SendChunks(uint64_t chunk_bytes);
  absl::Status FollowChunk(const oci::ExchangeResult& answer, size_t sent_to);
  Attempt Commit(std::string_view rest);
  absl::StatusOr<oci::ExchangeResult> Begin();
  Attempt Judge(absl::StatusOr<oci::ExchangeResult> outcome) const;
  void Abandon();

  const WriteStep& step_;
  std::string_view bytes_;
  const crypto::Digest& digest_;
  std::optional<UploadSession> session_;
  bool chunks_ = false;   // one piece was too large
  size_t stored_ = 0;     // bytes that the session has
  int short_chunks_ = 0;  // chunks of which the registry took only a part
};

}  // namespace chartseal::publisher
