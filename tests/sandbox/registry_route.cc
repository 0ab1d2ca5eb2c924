#include <algorithm>

#include "nlohmann/json.hpp"
#include "tests/sandbox/registry_handlers.h"

namespace chartseal::sandbox {
namespace {

// <name> of the distribution specification, closely enough: lower case, digits, separators, no empty
// component.
bool IsRepositoryName(std::string_view name) {
  if (name.empty() || name.size() > 255 || name.front() == '/' || name.back() == '/') return false;
  if (name.find("//") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/';
  });
}

using Kind = RegistryRoute::Kind;

std::optional<RegistryRoute> MakeRoute(Kind kind, std::string_view name, std::string_view reference) {
  if (!IsRepositoryName(name)) return std::nullopt;
  return RegistryRoute{kind, std::string(name), std::string(reference)};
}

// Splits at the last `marker`, so that a repository may itself be called "manifests".
std::optional<RegistryRoute> SplitAt(std::string_view marker, Kind kind, std::string_view path) {
  std::size_t at = path.rfind(marker);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view reference = path.substr(at + marker.size());
  if (reference.empty() || reference.find('/') != std::string_view::npos) return std::nullopt;
  return MakeRoute(kind, path.substr(0, at), reference);
}

}  // namespace

std::optional<RegistryRoute> ParseRoute(std::string_view path) {
  if (path == "/v2" || path == "/v2/") return RegistryRoute{};
  if (!path.starts_with("/v2/")) return std::nullopt;
  path.remove_prefix(4);
  constexpr std::string_view kUploads = "/blobs/uploads", kTags = "/tags/list";
  if (path.ends_with("/")) path.remove_suffix(1);
  if (path.ends_with(kUploads)) {
    return MakeRoute(Kind::kUploadStart, path.substr(0, path.size() - kUploads.size()), "");
  }
  if (path.ends_with(kTags)) return MakeRoute(Kind::kTags, path.substr(0, path.size() - kTags.size()), "");
  if (auto route = SplitAt("/blobs/uploads/", Kind::kUpload, path)) return route;
  if (auto route = SplitAt("/blobs/", Kind::kBlob, path)) return route;
  if (auto route = SplitAt("/manifests/", Kind::kManifest, path)) return route;
  return SplitAt("/referrers/", Kind::kReferrers, path);
}

HttpResponse RegistryError(int status, std::string_view code, std::string_view message) {
  nlohmann::json body = {{"errors", {{{"code", code}, {"message", message}}}}};
  return MakeResponse(status, "application/json", body.dump());
}

HttpResponse RegistryHandlers::Handle(const RegistryRoute& route, const HttpRequest& request,
                                      const std::string& base_url) {
  switch (route.kind) {
    case Kind::kBase:
      return MakeResponse(200, "application/json", "{}");
    case Kind::kManifest:
      return Manifest(route, request);
    case Kind::kBlob:
      return Blob(route, request);
    case Kind::kUploadStart:
      return StartUpload(route, request, base_url);
    case Kind::kUpload:
      return ContinueUpload(route, request, base_url);
    case Kind::kTags:
      return Tags(route, request);
    case Kind::kReferrers:
      return Referrers(route, request);
  }
  return RegistryError(404, "UNSUPPORTED", "no such route");
}

}  // namespace chartseal::sandbox
