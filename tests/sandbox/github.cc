#include "tests/sandbox/github.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/sandbox/content_digest.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

HttpResponse Answer(int status, const json& body) {
  return MakeResponse(status, "application/json; charset=utf-8", body.dump());
}

HttpResponse Problem(int status, const std::string& message) {
  return Answer(status, {{"message", message},
                         {"documentation_url", "https://docs.github.com/rest"},
                         {"status", std::to_string(status)}});
}

HttpResponse NotFound() { return Problem(404, "Not Found"); }

HttpResponse ValidationFailed(const json& error) {
  return Answer(422, {{"message", "Validation Failed"},
                      {"errors", json::array({error})},
                      {"documentation_url", "https://docs.github.com/rest"},
                      {"status", "422"}});
}

// GitHub keeps letters, digits and some signs of a name and puts dots for the rest.
std::string NameAsKept(const std::string& name) {
  std::string kept = name;
  for (char& c : kept) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && std::string("-_.").find(c) == std::string::npos)
      c = '.';
  }
  return kept;
}

json Describe(const Github::Asset& asset, const std::string& url, const std::string& repository,
              bool digests) {
  json out = {{"url", url + "/repos/" + repository + "/releases/assets/" + std::to_string(asset.id)},
              {"id", asset.id},
              {"name", asset.name},
              {"label", ""},
              {"state", asset.state},
              {"size", asset.bytes.size()},
              {"browser_download_url", url + "/download/" + asset.name}};
  if (digests) out["digest"] = asset.state == "uploaded" ? json(ContentDigest(asset.bytes)) : json(nullptr);
  return out;
}

json Describe(const Github::Release& release, const std::string& url) {
  const std::string path = release.repository + "/releases/" + std::to_string(release.id);
  return {{"url", url + "/repos/" + path},
          {"html_url", "https://github.com/" + release.repository + "/releases/tag/" + release.tag},
          {"upload_url", url + "/uploads/repos/" + path + "/assets{?name,label}"},
          {"id", release.id},
          {"tag_name", release.tag},
          {"draft", release.draft},
          {"immutable", release.immutable}};
}

// The page of `list` that the query asks for.
json Page(const json& list, const HttpRequest& request, size_t page_size) {
  const size_t wanted = std::stoul(request.Parameter("per_page").value_or("30"));
  const size_t size = std::min(wanted, page_size);
  const size_t first = (std::stoul(request.Parameter("page").value_or("1")) - 1) * size;
  json page = json::array();
  for (size_t i = first; i < std::min(first + size, list.size()); ++i) page.push_back(list[i]);
  return page;
}

std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t start = 1; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Github>> Github::Start(GithubOptions options) {
  std::unique_ptr<Github> github(new Github(std::move(options)));
  Github* self = github.get();
  auto storage = LoopbackServer::Start({}, [self](const HttpRequest& r) { return self->HandleStorage(r); });
  if (!storage.ok()) return storage.status();
  github->storage_ = *std::move(storage);
  auto api = LoopbackServer::Start({}, [self](const HttpRequest& r) { return self->Handle(r); });
  if (!api.ok()) return api.status();
  github->api_ = *std::move(api);
  return github;
}

int64_t Github::AddRelease(const std::string& repository, const std::string& tag, bool draft) {
  const std::lock_guard lock(mutex_);
  releases_.push_back({.id = ++next_id_, .repository = repository, .tag = tag, .draft = draft, .assets = {}});
  return next_id_;
}

void Github::AddAsset(int64_t release, const std::string& name, std::string bytes, std::string state) {
  const std::lock_guard lock(mutex_);
  FindRelease(release)->assets.push_back({++next_id_, name, std::move(bytes), std::move(state)});
}

void Github::MakeImmutable(int64_t release) {
  const std::lock_guard lock(mutex_);
  FindRelease(release)->immutable = true;
}

std::vector<Github::Asset> Github::AssetsOf(int64_t release) const {
  const std::lock_guard lock(mutex_);
  return const_cast<Github*>(this)->FindRelease(release)->assets;
}

Github::Release* Github::FindRelease(int64_t id) {
  const auto found = std::find_if(releases_.begin(), releases_.end(),
                                  [&](const Release& release) { return release.id == id; });
  return found == releases_.end() ? nullptr : &*found;
}

HttpResponse Github::Handle(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto authorization = request.Header("authorization");
  if (authorization.has_value() && *authorization != "Bearer " + options_.token) {
    return Problem(401, "Bad credentials");
  }
  const std::vector<std::string> parts = Split(request.path);
  // /uploads/repos/OWNER/REPO/releases/ID/assets
  if (parts.size() == 7 && parts[0] == "uploads") {
    return authorization.has_value() ? HandleUpload(request, std::stoll(parts[5])) : NotFound();
  }
  if (parts.size() < 4 || parts[0] != "repos" || parts[3] != "releases") return NotFound();
  std::string rest;
  for (size_t i = 4; i < parts.size(); ++i) rest += "/" + parts[i];
  if (parts.size() == 6 && parts[4] == "assets") return HandleAsset(request, std::stoll(parts[5]));
  return HandleReleases(request, parts[1] + "/" + parts[2], rest);
}

HttpResponse Github::HandleReleases(const HttpRequest& request, const std::string& repository,
                                    const std::string& rest) {
  const bool sees_drafts = request.Header("authorization").has_value() && options_.may_write;
  json list = json::array();
  for (const Release& release : releases_) {
    if (release.repository != repository) continue;
    if (rest == "/tags/" + release.tag && !release.draft) return Answer(200, Describe(release, url()));
    if (rest == "/" + std::to_string(release.id) + "/assets") {
      json assets = json::array();
      for (const Asset& asset : release.assets) {
        assets.push_back(Describe(asset, url(), repository, options_.asset_digests));
      }
      return Answer(200, Page(assets, request, options_.page_size));
    }
    if (!release.draft || sees_drafts) list.push_back(Describe(release, url()));
  }
  return rest.empty() ? Answer(200, Page(list, request, options_.page_size)) : NotFound();
}

HttpResponse Github::HandleAsset(const HttpRequest& request, int64_t id) {
  for (Release& release : releases_) {
    const auto asset = std::find_if(release.assets.begin(), release.assets.end(),
                                    [&](const Asset& candidate) { return candidate.id == id; });
    if (asset == release.assets.end()) continue;
    if (request.method == "DELETE") {
      if (!options_.may_write) return Problem(403, "Resource not accessible by integration");
      if (release.immutable) return Problem(422, "Cannot delete assets from an immutable release");
      release.assets.erase(asset);
      return {.status = 204};
    }
    if (request.Header("accept").value_or("") != "application/octet-stream") {
      return Answer(200, Describe(*asset, url(), release.repository, options_.asset_digests));
    }
    if (!options_.redirect_downloads) return MakeResponse(200, "application/octet-stream", asset->bytes);
    HttpResponse response{.status = 302};
    response.SetHeader("Location", storage_->url() + "/asset/" + std::to_string(id) + "?sig=secret");
    return response;
  }
  return NotFound();
}

HttpResponse Github::HandleUpload(const HttpRequest& request, int64_t id) {
  Release* release = FindRelease(id);
  if (release == nullptr) return NotFound();
  if (!options_.may_write) return Problem(403, "Resource not accessible by integration");
  if (release->immutable) {
    return ValidationFailed({{"resource", "ReleaseAsset"},
                             {"code", "custom"},
                             {"message", "Cannot upload assets to an immutable release."}});
  }
  const std::string name = NameAsKept(request.Parameter("name").value_or(""));
  if (name.empty()) return Problem(400, "Bad Request");
  for (const Asset& asset : release->assets) {
    if (asset.name != name) continue;
    return ValidationFailed({{"resource", "ReleaseAsset"}, {"code", "already_exists"}, {"field", "name"}});
  }
  release->assets.push_back({++next_id_, name, request.body, "uploaded"});
  return Answer(201, Describe(release->assets.back(), url(), release->repository, options_.asset_digests));
}

HttpResponse Github::HandleStorage(const HttpRequest& request) {
  // Object storages refuse a request that is authorised twice.
  if (request.Header("authorization").has_value()) return MakeResponse(400, "application/xml", "<Error/>");
  const std::lock_guard lock(mutex_);
  const std::vector<std::string> parts = Split(request.path);
  for (const Release& release : releases_) {
    for (const Asset& asset : release.assets) {
      if (parts.size() == 2 && std::to_string(asset.id) == parts[1]) {
        return MakeResponse(200, "application/octet-stream", asset.bytes);
      }
    }
  }
  return MakeResponse(404, "application/xml", "<Error/>");
}

}  // namespace chartseal::sandbox
