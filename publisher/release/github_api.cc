#include "publisher/release/github_api.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "publisher/release/github_error.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr int kPageSize = 100;  // the most that the API gives at a time

absl::StatusOr<Node> ParseAnswer(const net::HttpResponse& response, std::string_view what) {
  auto node = ParseJson(response.body, what, {.max_bytes = limits::kMaxGithubAnswerBytes});
  if (node.ok()) return node;
  return GithubError(absl::StatusCode::kFailedPrecondition, what,
                     Cat("the answer is not JSON: ", Message(node.status())),
                     "check that the API URL is that of a GitHub server");
}

// What the API leaves out or gives another type makes no sense, whoever answered.
absl::Status Senseless(std::string_view what, const absl::Status& status) {
  return GithubError(absl::StatusCode::kFailedPrecondition, what, Message(status),
                     "check that the API URL is that of a GitHub server");
}

absl::StatusOr<AssetRecord> ReadAsset(const Node& node, std::string_view what) {
  auto read = [&]() -> absl::StatusOr<AssetRecord> {
    ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, what, Reason::kGithubFailed));
    AssetRecord asset;
    ASSIGN_OR_RETURN(asset.id, reader.Int64Or("id", 0));
    ASSIGN_OR_RETURN(asset.name, reader.String("name"));
    ASSIGN_OR_RETURN(asset.size, reader.Int64Or("size", -1));
    ASSIGN_OR_RETURN(const std::string state, reader.String("state"));
    ASSIGN_OR_RETURN(asset.digest, reader.StringOr("digest", ""));
    asset.complete = state == "uploaded";
    if (asset.id <= 0) return reader.ErrorAt("id", "expected a positive number");
    return asset;
  };
  auto asset = read();
  if (!asset.ok()) return Senseless(what, asset.status());
  return asset;
}

absl::StatusOr<ReleaseRecord> ReadRelease(const Node& node, std::string_view what) {
  auto read = [&]() -> absl::StatusOr<ReleaseRecord> {
    ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, what, Reason::kGithubFailed));
    ReleaseRecord release;
    ASSIGN_OR_RETURN(release.id, reader.Int64Or("id", 0));
    ASSIGN_OR_RETURN(release.tag, reader.String("tag_name"));
    ASSIGN_OR_RETURN(release.page, reader.StringOr("html_url", ""));
    ASSIGN_OR_RETURN(const std::string upload, reader.String("upload_url"));
    release.upload_url = upload.substr(0, upload.find('{'));
    if (release.id <= 0) return reader.ErrorAt("id", "expected a positive number");
    return release;
  };
  auto release = read();
  if (!release.ok()) return Senseless(what, release.status());
  return release;
}

std::string Encoded(const ReleaseName& name) {
  return Cat("repos/", net::PercentEncode(name.owner), "/", net::PercentEncode(name.repository), "/releases");
}

bool IsLoopback(const net::Url& url) {
  return net::ClassifyHost(url.host()) == net::AddressClass::kLoopback || url.host() == "localhost";
}

}  // namespace

GithubApi::GithubApi(GithubOptions options, net::Url base)
    : token_(std::move(options.token)),
      base_(std::move(base)),
      exchange_(options.http, oci::RetryPolicy{}, options.clock, options.sleeper, nullptr) {}

absl::StatusOr<GithubApi> GithubApi::Create(GithubOptions options) {
  auto base = net::Url::Parse(options.api_url);
  if (!base.ok()) return WithReason(base.status(), Reason::kGithubFailed);
  if (!base->is_https() && !IsLoopback(*base)) {
    return GithubError(absl::StatusCode::kInvalidArgument, "GitHub API URL",
                       Cat(base->Redacted(), " is not https: the token would travel in the clear"),
                       "use the https URL");
  }
  return GithubApi(std::move(options), *std::move(base));
}

absl::StatusOr<net::Url> GithubApi::UrlOf(const ReleaseName& name, std::string_view path) const {
  std::string root = base_.ToString();
  if (!absl::EndsWith(root, "/")) root += "/";
  return net::Url::Parse(Cat(root, Encoded(name), path));
}

net::HttpRequest GithubApi::Request(std::string_view method, const net::Url& url, absl::Time deadline) const {
  net::HttpRequest request{.method = std::string(method), .url = url};
  request.deadline = deadline;
  request.max_body_bytes = limits::kMaxGithubAnswerBytes;
  request.headers.Add("Accept", "application/vnd.github+json");
  request.headers.Add("X-GitHub-Api-Version", "2022-11-28");
  if (!token_.empty()) request.headers.Add("Authorization", "Bearer " + token_.Reveal());
  return request;
}

absl::StatusOr<net::HttpResponse> GithubApi::Ask(const net::HttpRequest& request,
                                                 std::string_view what) const {
  const bool reads = request.method == "GET";
  auto result = exchange_.Perform({.http = request, .on_attempt = nullptr, .retry = reads});
  if (!result.ok()) return WithReason(Annotate(result.status(), what), Reason::kGithubFailed);
  if (result->response.ok()) return std::move(result->response);
  return ErrorOfAnswer(result->response, what, !token_.empty());
}

absl::StatusOr<Node> GithubApi::GetJson(const net::Url& url, std::string_view what,
                                        absl::Time deadline) const {
  ASSIGN_OR_RETURN(const net::HttpResponse response, Ask(Request("GET", url, deadline), what));
  return ParseAnswer(response, what);
}

absl::Status GithubApi::EachOfList(const ReleaseName& name, std::string_view path, std::string_view what,
                                   absl::Time deadline,
                                   const std::function<absl::StatusOr<bool>(const Node&)>& take) const {
  for (int page = 1; page <= limits::kMaxGithubPages; ++page) {
    ASSIGN_OR_RETURN(const net::Url url, UrlOf(name, Cat(path, "?per_page=", kPageSize, "&page=", page)));
    ASSIGN_OR_RETURN(const Node list, GetJson(url, what, deadline));
    if (!list.is_list()) return Senseless(what, absl::InvalidArgumentError("the answer is no list"));
    for (const Node& entry : list.list()) {
      ASSIGN_OR_RETURN(const bool enough, take(entry));
      if (enough) return absl::OkStatus();
    }
    if (list.list().size() < kPageSize) return absl::OkStatus();
  }
  return GithubError(absl::StatusCode::kResourceExhausted, what,
                     Cat("more than ", limits::kMaxGithubPages * kPageSize, " entries"),
                     "delete old drafts or assets");
}

absl::StatusOr<ReleaseRecord> GithubApi::FindRelease(const ReleaseName& name, absl::Time deadline) const {
  const std::string what = Cat("release ", name.ToString());
  ASSIGN_OR_RETURN(const net::Url url, UrlOf(name, Cat("/tags/", net::PercentEncode(name.tag))));
  const auto node = GetJson(url, what, deadline);
  if (absl::IsNotFound(node.status())) return FindDraft(name, deadline);
  RETURN_IF_ERROR(node.status());
  return ReadRelease(*node, what);
}

// GitHub does not give drafts by tag.
absl::StatusOr<ReleaseRecord> GithubApi::FindDraft(const ReleaseName& name, absl::Time deadline) const {
  const std::string what = Cat("releases of ", name.owner, "/", name.repository);
  std::optional<ReleaseRecord> found;
  RETURN_IF_ERROR(EachOfList(name, "", what, deadline, [&](const Node& entry) -> absl::StatusOr<bool> {
    if (entry.StringOr("tag_name") != name.tag) return false;
    ASSIGN_OR_RETURN(found, ReadRelease(entry, what));
    return true;
  }));
  if (found.has_value()) return *std::move(found);
  return GithubError(
      absl::StatusCode::kNotFound, what, Cat("there is no release or draft of the tag ", Printable(name.tag)),
      token_.empty() ? "set GITHUB_TOKEN: drafts and private repositories need it"
                     : "create the release first, or check the tag; drafts need a token that may "
                       "write contents");
}

absl::StatusOr<std::vector<AssetRecord>> GithubApi::ListAssets(const ReleaseName& name, int64_t release,
                                                               absl::Time deadline) const {
  const std::string what = Cat("assets of release ", name.ToString());
  std::vector<AssetRecord> assets;
  RETURN_IF_ERROR(EachOfList(name, Cat("/", release, "/assets"), what, deadline,
                             [&](const Node& entry) -> absl::StatusOr<bool> {
                               ASSIGN_OR_RETURN(AssetRecord asset, ReadAsset(entry, what));
                               assets.push_back(std::move(asset));
                               return false;
                             }));
  return assets;
}

absl::StatusOr<std::string> GithubApi::Download(const ReleaseName& name, const AssetRecord& asset,
                                                size_t max_bytes, absl::Time deadline) const {
  const std::string what = Cat("download of asset ", Printable(asset.name));
  ASSIGN_OR_RETURN(const net::Url url, UrlOf(name, Cat("/assets/", asset.id)));
  net::HttpRequest request = Request("GET", url, deadline);
  request.headers.Set("Accept", "application/octet-stream");  // else the answer describes the asset
  request.max_body_bytes = max_bytes;
  ASSIGN_OR_RETURN(net::HttpResponse response, Ask(request, what));
  return std::move(response.body);
}

absl::Status GithubApi::Delete(const ReleaseName& name, const AssetRecord& asset, absl::Time deadline) const {
  ASSIGN_OR_RETURN(const net::Url url, UrlOf(name, Cat("/assets/", asset.id)));
  const auto response =
      Ask(Request("DELETE", url, deadline), Cat("deletion of asset ", Printable(asset.name)));
  return absl::IsNotFound(response.status()) ? absl::OkStatus() : response.status();
}

// The upload URL comes with an answer; the token goes there only when it is GitHub's own place for uploads.
absl::Status GithubApi::CheckUploadHost(const net::Url& url) const {
  const std::string host = base_.host();
  const bool sister = absl::StartsWith(host, "api.") && url.host() == "uploads." + host.substr(4) &&
                      url.port() == base_.port() && url.scheme() == base_.scheme();
  if (sister || url.SameOrigin(base_)) return absl::OkStatus();
  return GithubError(
      absl::StatusCode::kFailedPrecondition, "release upload",
      Cat("the release names ", url.Origin(), " for uploads, which does not belong to ", base_.Origin()),
      "check the API URL; the token was not sent");
}

absl::StatusOr<AssetRecord> GithubApi::Upload(const ReleaseRecord& release, const ReleaseAsset& asset,
                                              absl::Time deadline) const {
  const std::string what = Cat("upload of asset ", Printable(asset.name));
  auto base = net::Url::Parse(release.upload_url);
  if (!base.ok()) return Senseless(what, base.status());
  RETURN_IF_ERROR(CheckUploadHost(*base));
  ASSIGN_OR_RETURN(const net::Url url, base->WithQuery("name=" + net::PercentEncode(asset.name)));
  net::HttpRequest request = Request("POST", url, deadline);
  request.headers.Add("Content-Type", asset.media_type);
  request.body = asset.bytes;
  ASSIGN_OR_RETURN(const net::HttpResponse response, Ask(request, what));
  ASSIGN_OR_RETURN(const Node node, ParseAnswer(response, what));
  return ReadAsset(node, what);
}

}  // namespace chartseal::publisher
