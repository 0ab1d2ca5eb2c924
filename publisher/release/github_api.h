#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/release/github_release.h"
#include "verifier/base/node.h"
#include "verifier/net/url.h"
#include "verifier/oci/exchange.h"

namespace chartseal::publisher {

// One asset as the API describes it.
struct AssetRecord {
  int64_t id = 0;
  std::string name;
  int64_t size = 0;
  bool complete = false;  // state "uploaded"; else an upload that broke off
  std::string digest;     // "sha256:…"; empty where the server does not say
};

// A release as the API describes it.
struct ReleaseRecord {
  int64_t id = 0;
  std::string tag;
  std::string page;        // html_url
  std::string upload_url;  // without the template's "{?name,label}"
};

// GitHub's REST API, as far as releases need it. Sends the token to the API's own origin and to the upload
// host that belongs to it, nowhere else. Reads are repeated as oci::RetryPolicy says, writes never. Errors as
// GithubRelease.
class GithubApi {
 public:
  // InvalidArgument when the API's URL cannot be used: not https, unless it is on this machine.
  static absl::StatusOr<GithubApi> Create(GithubOptions options);

  absl::StatusOr<ReleaseRecord> FindRelease(const ReleaseName& name, absl::Time deadline) const;
  absl::StatusOr<std::vector<AssetRecord>> ListAssets(const ReleaseName& name, int64_t release,
                                                      absl::Time deadline) const;
  absl::StatusOr<std::string> Download(const ReleaseName& name, const AssetRecord& asset, size_t max_bytes,
                                       absl::Time deadline) const;
  absl::Status Delete(const ReleaseName& name, const AssetRecord& asset, absl::Time deadline) const;
  // AlreadyExists when the release has an asset of that name.
  absl::StatusOr<AssetRecord> Upload(const ReleaseRecord& release, const ReleaseAsset& asset,
                                     absl::Time deadline) const;

 private:
  GithubApi(GithubOptions options, net::Url base);
  absl::StatusOr<net::Url> UrlOf(const ReleaseName& name, std::string_view path) const;
  absl::Status CheckUploadHost(const net::Url& url) const;
  net::HttpRequest Request(std::string_view method, const net::Url& url, absl::Time deadline) const;
  absl::StatusOr<net::HttpResponse> Ask(const net::HttpRequest& request, std::string_view what) const;
  absl::StatusOr<Node> GetJson(const net::Url& url, std::string_view what, absl::Time deadline) const;
  // Every object of a paged list, until `take` says that it has enough.
  absl::Status EachOfList(const ReleaseName& name, std::string_view path, std::string_view what,
                          absl::Time deadline,
                          const std::function<absl::StatusOr<bool>(const Node&)>& take) const;
  absl::StatusOr<ReleaseRecord> FindDraft(const ReleaseName& name, absl::Time deadline) const;

  oci::Secret token_;
  net::Url base_;
  oci::Exchange exchange_;
};

}  // namespace chartseal::publisher
