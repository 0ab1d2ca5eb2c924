#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/secret.h"

namespace chartseal::publisher {

struct GithubOptions {
  std::string api_url = "https://api.github.com";  // GITHUB_API_URL; the upload host comes from the release
  oci::Secret token;                               // GITHUB_TOKEN
  bool replace = false;                            // an asset of the same name with other content is replaced
  std::shared_ptr<net::HttpClient> http;
  net::Clock clock = net::SystemClock();
  net::Sleeper sleeper = net::SystemSleeper();
};

struct ReleaseAsset {
  std::string name;
  std::string_view bytes;
  std::string media_type;  // "application/gzip"
};

enum class AssetOutcome { kUploaded, kWasThere, kReplaced };

// Assets of one GitHub Release (spec/helm-oci-kubernetes.md §8.11). Thread-safe.
class GithubRelease {
 public:
  // "OWNER/REPO@TAG"; drafts are found as well. InvalidArgument for another spelling; NotFound,
  // PermissionDenied, Unavailable, … with kGithubFailed.
  static absl::StatusOr<std::unique_ptr<GithubRelease>> Find(std::string_view release, GithubOptions options,
                                                             absl::Time deadline);
  virtual ~GithubRelease() = default;

  // Uploads and reads back. An asset of that name with the same bytes is success; one with others is
  // FailedPrecondition/kAssetConflict unless `replace`.
  virtual absl::StatusOr<AssetOutcome> Put(const ReleaseAsset& asset, absl::Time deadline) = 0;
  // The release's page, for people.
  virtual const std::string& url() const = 0;
};

}  // namespace chartseal::publisher
