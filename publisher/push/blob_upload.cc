#include "publisher/push/blob_upload.h"

#include <algorithm>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_error.h"
#include "verifier/oci/retry.h"

namespace chartseal::publisher {
namespace {

const std::string kOctets = "application/octet-stream";

bool IsSuccess(int status) { return status >= 200 && status < 300; }

bool SaysTooLarge(const net::HttpResponse& response) {
  return response.status == 413 || response.status == 416 ||
         (response.status == 400 && Mentions(response, "too large"));
}

// Answers that mean that the session is of no use any more, not that we are: it was forgotten, or holds
// something else than what was sent.
bool SaysSessionIsLost(const net::HttpResponse& response) {
  constexpr std::string_view kLost[] = {"BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "DIGEST_INVALID",
                                        "SIZE_INVALID", "RANGE_INVALID"};
  const std::vector<std::string> codes = oci::ErrorCodes(response);
  if (codes.empty()) return response.status == 404 || response.status == 416;
  return response.status == 416 || std::any_of(codes.begin(), codes.end(), [&](const std::string& code) {
           return std::find(std::begin(kLost), std::end(kLost), code) != std::end(kLost);
         });
}

}  // namespace

absl::StatusOr<bool> HasBlob(const WriteStep& step, const crypto::Digest& digest, size_t size) {
  ASSIGN_OR_RETURN(const net::Url url, step.UrlOf(Cat("blobs/", digest.ToString())));
  ASSIGN_OR_RETURN(const oci::ExchangeResult head, step.Send({.method = "HEAD", .url = url}));
  const net::HttpResponse& response = head.response;
  if (response.status == 401 || oci::IsRetriableStatus(response.status)) return step.Refused(response);
  if (response.status != 200) return false;
  const std::string_view length = response.headers.Get("Content-Length");
  return (length.empty() || length == Cat(size)) && step.CheckContentDigest(response, digest).ok();
}

absl::Status BlobUpload::Run() {
  for (int broken = 0;;) {
    Attempt attempt = chunks_ ? InChunks() : InOnePiece();
    if (attempt.kind == Kind::kDone) return absl::OkStatus();
    Abandon();
    if (attempt.kind == Kind::kTooLarge && !chunks_) {
      chunks_ = true;
      continue;
    }
    if (attempt.kind != Kind::kBroken) return attempt.error;
    if (++broken == limits::kMaxUploadAttempts) {
      return Annotate(attempt.error, Cat("the upload broke ", broken, " times"));
    }
    const bool must_wait = !attempt.outcome.ok() || oci::IsRetriableStatus(attempt.outcome->response.status);
    if (must_wait && !step_.WaitToRetry(attempt.outcome, broken)) return attempt.error;
  }
}

BlobUpload::Attempt BlobUpload::InOnePiece() {
  const auto begun = Begin();
  if (!begun.ok()) return {Kind::kRefused, begun.status()};
  return Commit(bytes_);
}

BlobUpload::Attempt BlobUpload::InChunks() {
  const auto begun = Begin();
  if (!begun.ok()) return {Kind::kRefused, begun.status()};
  const uint64_t least = MinChunkBytes(begun->response);
  if (least > limits::kMaxUploadChunkBytes) {
    const std::string text = Cat(step_.where(), ": the registry wants chunks of at least ", least,
                                 " bytes; at most ", limits::kMaxUploadChunkBytes, " are sent at once");
    return {Kind::kRefused, WithReason(absl::ResourceExhaustedError(text), Reason::kLimitExceeded)};
  }
  Attempt sent = SendChunks(std::max<uint64_t>(limits::kUploadChunkBytes, least));
  return sent.kind == Kind::kDone ? Commit("") : sent;
}

BlobUpload::Attempt BlobUpload::SendChunks(uint64_t chunk_bytes) {
  while (stored_ < bytes_.size()) {
    const std::string_view chunk = bytes_.substr(stored_, chunk_bytes);
    const size_t end = stored_ + chunk.size();
    auto outcome =
        step_.Send({.method = "PATCH",
                    .url = session_->url,
                    .headers = {{"Content-Type", kOctets}, {"Content-Range", Cat(stored_, "-", end - 1)}},
                    .body = chunk,
                    .retry = false,
                    .named_scope = session_->named_scope});
    if (!outcome.ok() || !IsSuccess(outcome->response.status)) return Judge(std::move(outcome));
    if (absl::Status status = FollowChunk(*outcome, end); !status.ok()) {
      const Kind kind = ReasonOf(status) == Reason::kDialRefused ? Kind::kRefused : Kind::kBroken;
      return {kind, status, std::move(outcome)};
    }
  }
  return {};
}

// The next chunk goes where this answer says, and starts after what it says is stored.
absl::Status BlobUpload::FollowChunk(const oci::ExchangeResult& answer, size_t sent_to) {
  const net::Headers& headers = answer.response.headers;
  if (headers.Has("Location")) {
    ASSIGN_OR_RETURN(session_, SessionFrom(step_, answer));
  }
  if (!headers.Has("Range")) {
    stored_ = sent_to;
    return absl::OkStatus();
  }
  const auto stored = BytesInRange(headers.Get("Range"));
  const bool progress = stored.has_value() && *stored > stored_ && *stored <= sent_to;
  const bool shortened = progress && *stored < sent_to;
  if (!progress || (shortened && ++short_chunks_ > limits::kMaxUploadAttempts)) {
    return step_.Failed(Cat("after bytes ", stored_, "-", sent_to - 1, " the registry says that it has \"",
                            Printable(headers.Get("Range"), 40), "\""));
  }
  stored_ = *stored;
  return absl::OkStatus();
}

BlobUpload::Attempt BlobUpload::Commit(std::string_view rest) {
  const auto url = CommitUrl(*session_, digest_);
  if (!url.ok()) return {Kind::kRefused, Annotate(url.status(), step_.where())};
  auto outcome = step_.Send({.method = "PUT",
                             .url = *url,
                             .headers = {{"Content-Type", kOctets}},
                             .body = rest,
                             .retry = false,
                             .named_scope = session_->named_scope});
  if (!outcome.ok() || !IsSuccess(outcome->response.status)) return Judge(std::move(outcome));
  const absl::Status same = step_.CheckContentDigest(outcome->response, digest_);
  if (!same.ok()) return {Kind::kRefused, same};
  if (outcome->response.status != 201) {
    // Not the answer that the specification has; what counts is whether the blob is there.
    const auto there = HasBlob(step_, digest_, bytes_.size());
    if (!there.ok()) return {Kind::kRefused, there.status()};
    if (!*there) {
      return {Kind::kBroken,
              step_.Failed(
                  Cat("the registry took the blob (", outcome->response.status, ") and does not have it")),
              std::move(outcome)};
    }
  }
  session_.reset();
  return {};
}

absl::StatusOr<oci::ExchangeResult> BlobUpload::Begin() {
  ASSIGN_OR_RETURN(const net::Url url, step_.UrlOf("blobs/uploads/"));
  stored_ = 0;
  short_chunks_ = 0;
  ASSIGN_OR_RETURN(oci::ExchangeResult answer, step_.Send({.method = "POST", .url = url}));
  if (answer.response.status != 202) return step_.Refused(answer.response);
  ASSIGN_OR_RETURN(session_, SessionFrom(step_, answer));
  return answer;
}

BlobUpload::Attempt BlobUpload::Judge(absl::StatusOr<oci::ExchangeResult> outcome) const {
  if (!outcome.ok()) {
    const absl::Status error = outcome.status();
    return {oci::IsRetriableError(error) ? Kind::kBroken : Kind::kRefused, error, std::move(outcome)};
  }
  const net::HttpResponse& response = outcome->response;
  const absl::Status error = step_.Refused(response);
  // Chunks are small enough; of them 416 means that they came out of order.
  if (!chunks_ && SaysTooLarge(response)) return {Kind::kTooLarge, error, std::move(outcome)};
  const bool broken = SaysSessionIsLost(response) || oci::IsRetriableStatus(response.status);
  return {broken ? Kind::kBroken : Kind::kRefused, error, std::move(outcome)};
}

void BlobUpload::Abandon() {
  if (!session_.has_value()) return;
  const auto home = step_.UrlOf("");
  // A storage service that an upload was sent on to has no such thing as a session.
  if (home.ok() && home->SameOrigin(session_->url)) {
    (void)step_.Send({.method = "DELETE", .url = session_->url, .retry = false});
  }
  session_.reset();
}

}  // namespace chartseal::publisher
