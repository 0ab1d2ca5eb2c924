#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/registry_handlers.h"

namespace chartseal::sandbox {
namespace {

using Json = nlohmann::json;

constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";

// The string member `name` of `object`, "" when it is absent or something else.
std::string Text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_string()) return "";
  return object[name].get<std::string>();
}

// The string member `inner` of the object member `outer`.
std::string Text(const Json& object, const char* outer, const char* inner) {
  return object.is_object() && object.contains(outer) ? Text(object[outer], inner) : "";
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (isalnum(c) || c == '-' || c == '.' || c == '_') {
      out.push_back(static_cast<char>(c));
    } else {
      out.append({'%', kHex[c >> 4], kHex[c & 0x0f]});
    }
  }
  return out;
}

// "Link" to the rest of a list: the same path with `query`.
void AddNextLink(HttpResponse& response, const std::string& path, const std::string& query) {
  response.SetHeader("Link", absl::StrCat("<", path, "?", query, ">; rel=\"next\""));
}

std::size_t NumberParameter(const HttpRequest& request, const std::string& name) {
  return std::strtoull(request.Parameter(name).value_or("0").c_str(), nullptr, 10);
}

std::string ArtifactTypeOf(const Json& manifest, DescriptorArtifactType how) {
  if (how == DescriptorArtifactType::kMissing) return "";
  std::string own = Text(manifest, "artifactType");
  bool use_config = how == DescriptorArtifactType::kConfigMediaType || own.empty();
  return use_config ? Text(manifest, "config", "mediaType") : own;
}

// One entry of a referrers list.
Json DescriptorOf(const std::string& digest, const StoredManifest& stored, const Json& manifest,
                  const RegistryOptions& options) {
  Json descriptor = {{"mediaType", stored.media_type}, {"digest", digest}, {"size", stored.bytes.size()}};
  std::string type = ArtifactTypeOf(manifest, options.descriptor_artifact_type);
  if (!type.empty()) descriptor["artifactType"] = type;
  if (options.descriptor_annotations && manifest.contains("annotations")) {
    descriptor["annotations"] = manifest["annotations"];
  }
  return descriptor;
}

HttpResponse NoReferrers(const RegistryOptions& options) {
  if (options.referrers_content_type.empty()) {
    return RegistryError(options.referrers_status, "UNSUPPORTED", "no referrers here");
  }
  return MakeResponse(200, options.referrers_content_type, "<html><body>welcome</body></html>");
}

}  // namespace

HttpResponse RegistryHandlers::Tags(const RegistryRoute& route, const HttpRequest& request) {
  if (!store_.HasRepository(route.repository)) {
    return RegistryError(404, "NAME_UNKNOWN", "repository name not known to registry");
  }
  std::size_t page = NumberParameter(request, "n");
  if (page == 0 || (options_.tags_page_size > 0 && options_.tags_page_size < page)) {
    page = options_.tags_page_size;
  }
  std::string last = request.Parameter("last").value_or("");
  Json tags = Json::array();
  bool more = false;
  for (const std::string& tag : store_.Tags(route.repository)) {
    if (!last.empty() && tag <= last) continue;
    more = page > 0 && tags.size() == page;
    if (more) break;
    tags.push_back(tag);
  }
  HttpResponse response =
      MakeResponse(200, "application/json", Json{{"name", route.repository}, {"tags", tags}}.dump());
  if (more) {
    AddNextLink(response, request.path, absl::StrCat("n=", page, "&last=", tags.back().get<std::string>()));
  }
  return response;
}

HttpResponse RegistryHandlers::Referrers(const RegistryRoute& route, const HttpRequest& request) {
  if (!options_.referrers_api) return NoReferrers(options_);
  if (!IsContentDigest(route.reference)) return RegistryError(400, "DIGEST_INVALID", "not a sha256 digest");
  std::string wanted = options_.apply_filters ? request.Parameter("artifactType").value_or("") : "";
  Json all = Json::array();
  for (const auto& [digest, stored] : store_.Manifests(route.repository)) {
    Json manifest = Json::parse(stored.bytes, nullptr, false);
    if (Text(manifest, "subject", "digest") != route.reference) continue;
    Json descriptor = DescriptorOf(digest, stored, manifest, options_);
    if (wanted.empty() || Text(descriptor, "artifactType") == wanted) all.push_back(std::move(descriptor));
  }
  std::size_t begin = std::min(NumberParameter(request, "offset"), all.size());
  std::size_t page = options_.referrers_page_size;
  std::size_t end = page == 0 ? all.size() : std::min(begin + page, all.size());
  Json descriptors = Json::array();
  for (std::size_t i = begin; i < end; ++i) descriptors.push_back(all[i]);
  Json index = {{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", descriptors}};
  HttpResponse response = MakeResponse(200, kIndexType, index.dump());
  if (!wanted.empty()) response.SetHeader("OCI-Filters-Applied", "artifactType");
  if (end < all.size()) {
    std::string filter = wanted.empty() ? "" : absl::StrCat("&artifactType=", PercentEncode(wanted));
    AddNextLink(response, request.path, absl::StrCat("offset=", end, filter));
  }
  return response;
}

}  // namespace chartseal::sandbox
