#include "publisher/push/manifest_put.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/content_type.h"
#include "verifier/oci/media_types.h"

namespace chartseal::publisher {
namespace {

// Whatever it is: a registry that is asked for less may convert, and give another digest.
std::string AcceptAnything() {
  return Cat(oci::kOciManifest, ", ", oci::kOciIndex, ", ", oci::kDockerManifest, ", ", oci::kDockerList,
             ", */*");
}

}  // namespace

absl::StatusOr<std::optional<StoredManifest>> GetStored(const WriteStep& step, std::string_view name) {
  ASSIGN_OR_RETURN(const net::Url url, step.UrlOf(Cat("manifests/", name)));
  ASSIGN_OR_RETURN(oci::ExchangeResult got, step.Send({.method = "GET",
                                                       .url = url,
                                                       .headers = {{"Accept", AcceptAnything()}},
                                                       .max_body_bytes = limits::kMaxManifestBytes}));
  if (got.response.status == 404) return std::nullopt;
  if (got.response.status != 200) return step.Refused(got.response);
  const std::string_view etag = got.response.headers.Get("ETag");
  return StoredManifest{.bytes = std::move(got.response.body),
                        .media_type = oci::ContentTypeOf(got.response.headers),
                        .etag = std::string(etag.starts_with('"') ? etag : "")};
}

absl::StatusOr<net::HttpResponse> PutStored(const WriteStep& step, std::string_view name,
                                            std::string_view bytes, std::string_view media_type,
                                            net::Headers headers) {
  if (bytes.size() > limits::kMaxManifestBytes) {
    const std::string text = Cat(step.where(), ": the manifest has ", bytes.size(),
                                 " bytes; registries take ", limits::kMaxManifestBytes);
    return WithReason(absl::ResourceExhaustedError(text), Reason::kLimitExceeded);
  }
  ASSIGN_OR_RETURN(const net::Url url, step.UrlOf(Cat("manifests/", name)));
  headers.Set("Content-Type", std::string(media_type));
  ASSIGN_OR_RETURN(oci::ExchangeResult put,
                   step.Send({.method = "PUT", .url = url, .headers = std::move(headers), .body = bytes}));
  if (WasStored(put.response)) {
    RETURN_IF_ERROR(step.CheckContentDigest(put.response, crypto::Digest::Sha256Of(bytes)));
  }
  return std::move(put.response);
}

bool WasStored(const net::HttpResponse& response) {
  return response.status == 201 || response.status == 200 || response.status == 202;
}

}  // namespace chartseal::publisher
