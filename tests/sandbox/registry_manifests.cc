#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/registry_handlers.h"

namespace chartseal::sandbox {
namespace {

using Json = nlohmann::json;

// The string member `name` of `object`, "" when it is absent or something else.
std::string Text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_string()) return "";
  return object[name].get<std::string>();
}

// Tags are [A-Za-z0-9_][A-Za-z0-9._-]{0,127}.
bool IsTag(std::string_view tag) {
  if (tag.empty() || tag.size() > 128 || tag.front() == '.' || tag.front() == '-') return false;
  for (char c : tag) {
    if (!isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-') return false;
  }
  return true;
}

// The digests of config and layers.
std::vector<std::string> BlobsOf(const Json& manifest) {
  std::vector<std::string> digests;
  if (manifest.contains("config")) digests.push_back(Text(manifest["config"], "digest"));
  if (manifest.contains("layers")) {
    for (const Json& layer : manifest["layers"]) digests.push_back(Text(layer, "digest"));
  }
  return digests;
}

}  // namespace

HttpResponse RegistryHandlers::Manifest(const RegistryRoute& route, const HttpRequest& request) {
  if (request.method == "PUT") return PutManifest(route, request);
  if (request.method == "GET" || request.method == "HEAD") return GetManifest(route, request);
  if (request.method != "DELETE") return RegistryError(405, "UNSUPPORTED", "method not allowed");
  if (!store_.DeleteManifest(route.repository, route.reference)) {
    return RegistryError(404, "MANIFEST_UNKNOWN", "manifest unknown");
  }
  return HttpResponse{.status = 202};
}

HttpResponse RegistryHandlers::GetManifest(const RegistryRoute& route, const HttpRequest& request) {
  if (!store_.HasRepository(route.repository)) {
    return RegistryError(404, "NAME_UNKNOWN", "repository name not known to registry");
  }
  auto digest = store_.Resolve(route.repository, route.reference);
  auto manifest = digest.has_value() ? store_.FindManifest(route.repository, *digest) : std::nullopt;
  if (!manifest.has_value()) return RegistryError(404, "MANIFEST_UNKNOWN", "manifest unknown");
  HttpResponse response = MakeResponse(200, manifest->media_type, manifest->bytes);
  bool tell_digest = request.method == "HEAD" ? options_.head_content_digest : options_.get_content_digest;
  if (tell_digest) response.SetHeader("Docker-Content-Digest", *digest);
  if (options_.etags) response.SetHeader("ETag", absl::StrCat("\"", *digest, "\""));
  return response;
}

// What stands against writing the tag.
std::optional<HttpResponse> RegistryHandlers::RefuseTag(const RegistryRoute& route,
                                                        const HttpRequest& request) {
  if (!IsTag(route.reference)) return RegistryError(400, "TAG_INVALID", "tag is malformed");
  auto current = store_.Resolve(route.repository, route.reference);
  if (options_.immutable_tags && current.has_value()) {
    return RegistryError(
        400, "TAG_INVALID",
        absl::StrCat("The image tag '", route.reference,
                     "' already exists and cannot be overwritten because the tag is immutable."));
  }
  if (!options_.etags) return std::nullopt;
  auto match = request.Header("if-match");
  bool changed = match.has_value() && *match != absl::StrCat("\"", current.value_or(""), "\"");
  bool exists = request.Header("if-none-match") == "*" && current.has_value();
  if (!changed && !exists) return std::nullopt;
  return RegistryError(412, "PRECONDITION_FAILED", "the tag is not what it was");
}

void RegistryHandlers::TagStored(const RegistryRoute& route, const HttpRequest& request,
                                 const std::string& digest) {
  std::string named = digest;
  if (options_.rewrite_tagged) {
    std::string rewritten = request.body + " ";
    named = ContentDigest(rewritten);
    store_.PutManifest(route.repository, named, {request.Header("content-type").value_or(""), rewritten});
  }
  store_.Tag(route.repository, route.reference, named);
}

HttpResponse RegistryHandlers::PutManifest(const RegistryRoute& route, const HttpRequest& request) {
  if (request.body.size() > options_.max_manifest_bytes) {
    return RegistryError(413, "MANIFEST_INVALID", "manifest too large");
  }
  Json manifest = Json::parse(request.body, nullptr, false);
  if (!manifest.is_object()) return RegistryError(400, "MANIFEST_INVALID", "manifest is not a JSON object");
  std::string digest = ContentDigest(request.body);
  bool by_digest = route.reference.find(':') != std::string::npos;
  if (by_digest && route.reference != digest) {
    return RegistryError(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  if (!by_digest) {
    if (auto refusal = RefuseTag(route, request)) return *refusal;
  }
  for (const std::string& blob : BlobsOf(manifest)) {
    if (options_.check_manifest_blobs && store_.FindBlob(route.repository, blob) == nullptr) {
      return RegistryError(404, "MANIFEST_BLOB_UNKNOWN", absl::StrCat("blob unknown to registry: ", blob));
    }
  }
  store_.PutManifest(route.repository, digest, {request.Header("content-type").value_or(""), request.body});
  if (!by_digest) TagStored(route, request, digest);
  HttpResponse response{.status = options_.manifest_status};
  response.SetHeader("Location", absl::StrCat("/v2/", route.repository, "/manifests/", digest));
  response.SetHeader("Docker-Content-Digest", digest);
  std::string subject = manifest.contains("subject") ? Text(manifest["subject"], "digest") : "";
  bool say_subject = options_.send_oci_subject.value_or(options_.referrers_api);
  if (say_subject && !subject.empty()) response.SetHeader("OCI-Subject", subject);
  return response;
}

}  // namespace chartseal::sandbox
