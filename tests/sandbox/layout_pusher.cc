#include "tests/sandbox/layout_pusher.h"

#include <httplib.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/sandbox/content_digest.h"

namespace chartseal::sandbox {
namespace {

// "sha256-<hex>" without a suffix.
bool IsFallbackTag(std::string tag) {
  if (!absl::StartsWith(tag, "sha256-")) return false;
  tag[6] = ':';
  return IsContentDigest(tag);
}

// The tags of `manifest` that are to be pushed; nothing when the manifest itself is to be left out.
std::optional<std::vector<std::string>> TagsToPush(const LayoutManifest& manifest,
                                                   LayoutPushOptions options) {
  if (options.fallback_tags || manifest.tags.empty()) return manifest.tags;
  std::vector<std::string> tags = manifest.tags;
  std::erase_if(tags, IsFallbackTag);
  if (tags.empty()) return std::nullopt;
  return tags;
}

// One push to one repository.
class Pusher {
 public:
  Pusher(const std::string& host, const std::string& repository)
      : client_("http://" + host), base_(absl::StrCat("/v2/", repository)) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
  }

  absl::Status PushBlob(const LayoutBlob& blob) {
    auto head = client_.Head(absl::StrCat(base_, "/blobs/", blob.digest));
    if (head && head->status == 200) return absl::OkStatus();
    std::string what = absl::StrCat("upload of blob ", blob.digest);
    auto started = client_.Post(absl::StrCat(base_, "/blobs/uploads/"));
    if (absl::Status status = Expect(started, 202, what); !status.ok()) return status;
    std::string location = PathOf(started->get_header_value("Location"));
    const char* joint = location.find('?') == std::string::npos ? "?" : "&";
    return Expect(client_.Put(absl::StrCat(location, joint, "digest=", blob.digest), blob.bytes,
                              "application/octet-stream"),
                  201, what);
  }

  absl::Status PushManifest(const std::string& reference, const std::string& media_type,
                            const std::string& bytes) {
    return Expect(client_.Put(absl::StrCat(base_, "/manifests/", reference), bytes, media_type), 201,
                  absl::StrCat("manifest ", reference));
  }

 private:
  // Path and query of a Location, which may be absolute.
  static std::string PathOf(const std::string& location) {
    std::size_t scheme = location.find("://");
    if (scheme == std::string::npos) return location;
    std::size_t path = location.find('/', scheme + 3);
    return path == std::string::npos ? "/" : location.substr(path);
  }

  static absl::Status Expect(const httplib::Result& result, int status, const std::string& what) {
    if (!result) return absl::UnavailableError(absl::StrCat(what, ": ", httplib::to_string(result.error())));
    if (result->status == status) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(what, ": expected status ", status, ", found ", result->status, ": ", result->body));
  }

  httplib::Client client_;
  const std::string base_;
};

absl::Status CheckLoopback(const std::string& host) {
  if (absl::StartsWith(host, "127.0.0.1:") || absl::StartsWith(host, "localhost:")) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", host, "\" is not a loopback registry; give 127.0.0.1:PORT"));
}

}  // namespace

absl::Status PushManifest(const std::string& host, const std::string& repository,
                          const std::string& reference, const std::string& media_type,
                          const std::string& bytes) {
  if (absl::Status status = CheckLoopback(host); !status.ok()) return status;
  return Pusher(host, repository).PushManifest(reference, media_type, bytes);
}

absl::Status PushLayout(const OciLayout& layout, const std::string& host, const std::string& repository,
                        LayoutPushOptions options) {
  if (absl::Status status = CheckLoopback(host); !status.ok()) return status;
  Pusher pusher(host, repository);
  for (const LayoutBlob& blob : layout.blobs()) {
    if (absl::Status status = pusher.PushBlob(blob); !status.ok()) return status;
  }
  for (const LayoutManifest& manifest : layout.manifests()) {
    if (!TagsToPush(manifest, options).has_value()) continue;
    if (absl::Status status = pusher.PushManifest(manifest.digest, manifest.media_type, manifest.bytes);
        !status.ok())
      return status;
  }
  for (const LayoutManifest& manifest : layout.manifests()) {
    for (const std::string& tag : TagsToPush(manifest, options).value_or(std::vector<std::string>())) {
      if (absl::Status status = pusher.PushManifest(tag, manifest.media_type, manifest.bytes); !status.ok())
        return status;
    }
  }
  return absl::OkStatus();
}

void PutLayout(const OciLayout& layout, Registry& registry, const std::string& repository,
               LayoutPushOptions options) {
  for (const LayoutBlob& blob : layout.blobs()) registry.PutBlob(repository, blob.bytes);
  for (const LayoutManifest& manifest : layout.manifests()) {
    auto tags = TagsToPush(manifest, options);
    if (!tags.has_value()) continue;
    registry.PutManifest(repository, manifest.media_type, manifest.bytes);
    for (const std::string& tag : *tags) registry.Tag(repository, tag, manifest.digest);
  }
}

}  // namespace chartseal::sandbox
