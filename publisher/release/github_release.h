#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/secret.h"

namespace chartseal::publisher {

struct GithubOptions {
  // GITHUB_API_URL, the same in Actions. Uploads go where the release says, if that is the same server or its
  // "uploads." sister.
  std::string api_url = "https://api.github.com";
  oci::Secret token;     // GITHUB_TOKEN; empty reads public releases only
  bool replace = false;  // an asset of the same name with other content is replaced
  std::shared_ptr<net::HttpClient> http;
  net::Clock clock = net::SystemClock();
  net::Sleeper sleeper = net::SystemSleeper();
};

struct ReleaseAsset {
  std::string name;
  std::string_view bytes;  // borrowed
  std::string media_type;  // "application/gzip"
};

enum class AssetOutcome { kUploaded, kWasThere, kReplaced };
std::string_view Name(AssetOutcome outcome);  // "uploaded", "was there", "replaced"

// One GitHub Release and its assets (spec/helm-oci-kubernetes.md §8.11). Not thread-safe.
//
// Errors carry kGithubFailed, name what was asked of GitHub and what it said: NotFound, PermissionDenied,
// Unauthenticated, ResourceExhausted (rate limit), Unavailable, DeadlineExceeded, FailedPrecondition (an
// answer that makes no sense, a release that takes no assets).
class GithubRelease {
 public:
  virtual ~GithubRelease() = default;

  // Uploads, unless the release has the asset, and reads back what is there then. An asset of that name with
  // the same bytes is success; one with others is FailedPrecondition/kAssetConflict unless `replace`. What an
  // upload that broke off left behind is taken away first.
  virtual absl::StatusOr<AssetOutcome> Put(const ReleaseAsset& asset, absl::Time deadline) = 0;
  // The content of an asset; nullopt when there is none of that name. `max_bytes` bounds it.
  virtual absl::StatusOr<std::optional<std::string>> Get(std::string_view name, size_t max_bytes,
                                                         absl::Time deadline) = 0;
  // The release's page, for people.
  virtual const std::string& url() const = 0;
};

// "OWNER/REPO@TAG", a value that names a release. A tag may hold "/" and "@".
struct ReleaseName {
  std::string owner;
  std::string repository;
  std::string tag;

  // InvalidArgument with kGithubFailed.
  static absl::StatusOr<ReleaseName> Parse(std::string_view text);
  std::string ToString() const { return owner + "/" + repository + "@" + tag; }
};

// The release of that tag; a draft is found as well, if the token may see it.
absl::StatusOr<std::unique_ptr<GithubRelease>> FindGithubRelease(const ReleaseName& name,
                                                                 GithubOptions options, absl::Time deadline);

}  // namespace chartseal::publisher
