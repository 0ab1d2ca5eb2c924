#include "verifier/oci/blob_receiver.h"

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {

absl::Status DigestMismatch(std::string_view where, std::string_view expected, std::string_view found) {
  const std::string text =
      Cat(where, ": the registry sent other content: expected ", expected, ", found ", found);
  return WithReason(absl::DataLossError(text), Reason::kDigestMismatch);
}

void BlobReceiver::Restart() {
  bytes_.clear();
  hasher_.emplace(digest_.algorithm());
}

absl::Status BlobReceiver::Take(std::string_view piece) {
  if (piece.size() > size_ - bytes_.size()) return DigestMismatch(where_, Cat(size_, " bytes"), "more");
  bytes_ += piece;
  hasher_->Update(piece);
  return absl::OkStatus();
}

absl::StatusOr<std::string> BlobReceiver::Finish() {
  if (bytes_.size() != size_) return DigestMismatch(where_, Cat(size_, " bytes"), Cat(bytes_.size()));
  ASSIGN_OR_RETURN(const crypto::Digest found,
                   crypto::Digest::FromBytes(digest_.algorithm(), hasher_->Finish()));
  if (found != digest_) return DigestMismatch(where_, digest_.ToString(), found.ToString());
  return std::move(bytes_);
}

}  // namespace chartseal::oci
