#include "absl/strings/str_cat.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/registry_handlers.h"

namespace chartseal::sandbox {
namespace {

HttpResponse NoSuchUpload() { return RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "no such upload session"); }

HttpResponse Created(const std::string& repository, const std::string& digest) {
  HttpResponse response;
  response.status = 201;
  response.SetHeader("Location", absl::StrCat("/v2/", repository, "/blobs/", digest));
  response.SetHeader("Docker-Content-Digest", digest);
  return response;
}

}  // namespace

HttpResponse RegistryHandlers::Blob(const RegistryRoute& route, const HttpRequest& request) {
  const std::string& digest = route.reference;
  if (!IsContentDigest(digest)) return RegistryError(400, "DIGEST_INVALID", "not a sha256 digest");
  RegistryStore::Bytes bytes = store_.FindBlob(route.repository, digest);
  if (bytes == nullptr) return RegistryError(404, "BLOB_UNKNOWN", "blob unknown to registry");
  if (request.method == "DELETE") {
    store_.DeleteBlob(route.repository, digest);
    return HttpResponse{.status = 202};
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return RegistryError(405, "UNSUPPORTED", "blobs are pushed through uploads");
  }
  HttpResponse response = MakeResponse(200, "application/octet-stream", *bytes);
  response.SetHeader("Docker-Content-Digest", digest);
  if (request.method == "GET" && !options_.blob_redirect_base.empty()) {
    response = HttpResponse{.status = 307};
    response.SetHeader("Location",
                       absl::StrCat(options_.blob_redirect_base, "/", digest, std::string(kSignedQuery)));
  }
  return response;
}

HttpResponse RegistryHandlers::StartUpload(const RegistryRoute& route, const HttpRequest& request,
                                           const std::string& base_url) {
  if (request.method != "POST") return RegistryError(405, "UNSUPPORTED", "uploads start with POST");
  auto mount = request.Parameter("mount");
  auto from = request.Parameter("from");
  if (options_.mount && mount.has_value() && from.has_value() &&
      store_.MountBlob(*from, route.repository, *mount)) {
    return Created(route.repository, *mount);
  }
  std::string session = store_.BeginUpload();
  if (auto digest = request.Parameter("digest")) {
    return FinishUpload(route, session, *digest, request.body);
  }
  return UploadAccepted(route, session, base_url);
}

HttpResponse RegistryHandlers::UploadAccepted(const RegistryRoute& route, const std::string& session,
                                              const std::string& base_url) {
  std::size_t size = store_.UploadSize(session).value_or(0);
  HttpResponse response;
  response.status = 202;
  std::string path = absl::StrCat("/v2/", route.repository, "/blobs/uploads/", session);
  if (options_.absolute_locations) path = absl::StrCat(base_url, path, "?_state=q%2Fw%3D%3D");
  response.SetHeader("Location", path);
  response.SetHeader("Range", absl::StrCat("0-", size == 0 ? 0 : size - 1));
  response.SetHeader("Docker-Upload-UUID", session);
  if (options_.chunk_min_bytes > 0) {
    response.SetHeader("OCI-Chunk-Min-Length", absl::StrCat(options_.chunk_min_bytes));
  }
  return response;
}

HttpResponse RegistryHandlers::ContinueUpload(const RegistryRoute& route, const HttpRequest& request,
                                              const std::string& base_url) {
  const std::string& session = route.reference;
  if (options_.absolute_locations && request.target.find("_state=q%2Fw%3D%3D") == std::string::npos) {
    return RegistryError(400, "BLOB_UPLOAD_INVALID", "the Location's query was not kept as it was");
  }
  if (request.method == "PUT") {
    if (options_.max_put_bytes > 0 && request.body.size() > options_.max_put_bytes) {
      return RegistryError(options_.put_refusal, "SIZE_INVALID", "the request entity is too large");
    }
    auto digest = request.Parameter("digest");
    if (!digest.has_value()) return RegistryError(400, "DIGEST_INVALID", "digest parameter missing");
    return FinishUpload(route, session, *digest, request.body);
  }
  if (request.method == "PATCH") return AppendToUpload(route, request, base_url);
  if (request.method == "DELETE") {
    return store_.EndUpload(session).has_value() ? HttpResponse{.status = 204} : NoSuchUpload();
  }
  if (!store_.UploadSize(session).has_value()) return NoSuchUpload();
  HttpResponse progress = UploadAccepted(route, session, base_url);
  progress.status = 204;
  return progress;
}

HttpResponse RegistryHandlers::AppendToUpload(const RegistryRoute& route, const HttpRequest& request,
                                              const std::string& base_url) {
  const std::string& session = route.reference;
  auto size = store_.UploadSize(session);
  if (!size.has_value()) return NoSuchUpload();
  // Only the last chunk may be smaller: nothing may follow one that was.
  if (options_.chunk_min_bytes > 0 && *size % options_.chunk_min_bytes != 0) {
    return RegistryError(416, "BLOB_UPLOAD_INVALID", "the chunk before was too small");
  }
  if (options_.max_patch_bytes > 0 && request.body.size() > options_.max_patch_bytes) {
    return RegistryError(416, "REQUESTED_RANGE_NOT_SATISFIABLE", "chunk too large");
  }
  if (auto range = request.Header("content-range")) {
    std::string expected = absl::StrCat(*size, "-", *size + request.body.size() - 1);
    if (*range != expected) {
      return RegistryError(416, "BLOB_UPLOAD_INVALID", absl::StrCat("expected Content-Range ", expected));
    }
  }
  std::string_view taken = request.body;
  if (options_.chunk_takes > 0) taken = taken.substr(0, options_.chunk_takes);
  store_.AppendUpload(session, taken);
  return UploadAccepted(route, session, base_url);
}

HttpResponse RegistryHandlers::FinishUpload(const RegistryRoute& route, const std::string& session,
                                            const std::string& digest, std::string_view rest) {
  std::optional<std::string> bytes = store_.EndUpload(session);
  if (!bytes.has_value()) return NoSuchUpload();
  bytes->append(rest);
  if (ContentDigest(*bytes) != digest) {
    return RegistryError(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  store_.PutBlob(route.repository, digest, *std::move(bytes));
  return Created(route.repository, digest);
}

}  // namespace chartseal::sandbox
