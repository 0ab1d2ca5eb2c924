#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/loopback_server.h"

namespace chartseal::sandbox {

struct GithubOptions {
  std::string token = "ghs_sandbox";  // the only one that is taken
  bool may_write = true;              // false: "Resource not accessible by integration"
  bool asset_digests = true;          // older servers do not tell an asset's digest
  bool redirect_downloads = true;     // to a storage server, as GitHub does
  size_t page_size = 100;             // entries of a list page, at most what is asked for
};

// GitHub's REST API for releases and their assets, on loopback, with the status codes, bodies and headers of
// the real one. Uploads go to the path /uploads of the same server. Thread-safe.
class Github {
 public:
  struct Asset {
    int64_t id = 0;
    std::string name;
    std::string bytes;
    std::string state = "uploaded";  // "starter" for an upload that broke off
  };
  struct Release {
    int64_t id = 0;
    std::string repository;  // "acme/app"
    std::string tag;
    bool draft = false;
    bool immutable = false;
    std::vector<Asset> assets;
  };

  static absl::StatusOr<std::unique_ptr<Github>> Start(GithubOptions options = {});

  std::string url() const { return api_->url(); }
  LoopbackServer& api() { return *api_; }
  LoopbackServer& storage() { return *storage_; }

  // Returns the release's id.
  int64_t AddRelease(const std::string& repository, const std::string& tag, bool draft = false);
  void AddAsset(int64_t release, const std::string& name, std::string bytes, std::string state = "uploaded");
  void MakeImmutable(int64_t release);
  std::vector<Asset> AssetsOf(int64_t release) const;

 private:
  explicit Github(GithubOptions options) : options_(std::move(options)) {}
  HttpResponse Handle(const HttpRequest& request);
  HttpResponse HandleReleases(const HttpRequest& request, const std::string& repository,
                              const std::string& rest);
  HttpResponse HandleAsset(const HttpRequest& request, int64_t id);
  HttpResponse HandleUpload(const HttpRequest& request, int64_t release);
  HttpResponse HandleStorage(const HttpRequest& request);
  Release* FindRelease(int64_t id);

  GithubOptions options_;
  mutable std::mutex mutex_;
  int64_t next_id_ = 1000;
  std::vector<Release> releases_;
  // Last, so that they stop before what their handlers use.
  std::unique_ptr<LoopbackServer> storage_;
  std::unique_ptr<LoopbackServer> api_;
};

}  // namespace chartseal::sandbox
