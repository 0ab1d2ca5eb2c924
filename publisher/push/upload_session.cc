#include "publisher/push/upload_session.h"

#include <charconv>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number == UINT64_MAX) return std::nullopt;
  return number;
}

}  // namespace

absl::StatusOr<UploadSession> SessionFrom(const WriteStep& step, const oci::ExchangeResult& answer) {
  const std::string_view location = answer.response.headers.Get("Location");
  if (location.empty()) return step.Failed("the registry began an upload without saying where (no Location)");
  const auto url = answer.url.Resolve(location);
  if (!url.ok()) return Annotate(url.status(), Cat(step.where(), ": upload location"));
  const absl::Status allowed =
      net::CheckNamedByServer(answer.url, *url, answer.named_scope, "upload location");
  if (!allowed.ok()) return Annotate(allowed, step.where());
  return UploadSession{*url, answer.named_scope};
}

absl::StatusOr<net::Url> CommitUrl(const UploadSession& session, const crypto::Digest& digest) {
  const std::string& query = session.url.query();
  return session.url.WithQuery(
      Cat(query, query.empty() ? "" : "&", "digest=", net::PercentEncode(digest.ToString())));
}

std::optional<uint64_t> BytesInRange(std::string_view range) {
  if (range.starts_with("bytes=")) range.remove_prefix(6);
  if (!range.starts_with("0-")) return std::nullopt;
  const auto last = Number(range.substr(2));
  return last.has_value() ? std::optional(*last + 1) : std::nullopt;
}

uint64_t MinChunkBytes(const net::HttpResponse& response) {
  return Number(response.headers.Get("OCI-Chunk-Min-Length")).value_or(0);
}

}  // namespace chartseal::publisher
