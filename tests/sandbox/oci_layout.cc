#include "tests/sandbox/oci_layout.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/sandbox/content_digest.h"

namespace chartseal::sandbox {
namespace {

using Json = nlohmann::json;

constexpr const char* kRefName = "org.opencontainers.image.ref.name";

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string Text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_string()) return "";
  return object[name].get<std::string>();
}

Json ArrayMember(const Json& object, const char* name) {
  return object.contains(name) && object[name].is_array() ? object[name] : Json::array();
}

}  // namespace

// Walks from index.json down, depth first, so that children are listed before their parents.
class OciLayout::Reader {
 public:
  explicit Reader(std::string directory) : directory_(std::move(directory)) {}

  absl::StatusOr<OciLayout> Run() {
    absl::StatusOr<std::string> bytes = ReadFile(directory_ + "/index.json");
    if (!bytes.ok()) return bytes.status();
    Json index = Json::parse(*bytes, nullptr, false);
    if (!index.is_object() || !index.contains("manifests")) {
      return absl::InvalidArgumentError(absl::StrCat(directory_, "/index.json is not an OCI index"));
    }
    for (const Json& descriptor : ArrayMember(index, "manifests"))
      roots_[Text(descriptor, "digest")] = descriptor;
    for (const Json& descriptor : ArrayMember(index, "manifests")) {
      if (absl::Status status = AddManifest(descriptor); !status.ok()) return status;
      AddTag(descriptor);
    }
    for (auto& [digest, blob] : blobs_) layout_.blobs_.push_back({digest, std::move(blob)});
    return std::move(layout_);
  }

 private:
  absl::StatusOr<std::string> ReadBlob(const std::string& digest) {
    if (!IsContentDigest(digest)) {
      return absl::InvalidArgumentError(
          absl::StrCat(directory_, ": \"", digest, "\" is not a sha256 digest"));
    }
    std::string path = absl::StrCat(directory_, "/blobs/sha256/", digest.substr(7));
    absl::StatusOr<std::string> bytes = ReadFile(path);
    if (bytes.ok() && ContentDigest(*bytes) != digest) {
      return absl::InvalidArgumentError(absl::StrCat(path, " has the digest ", ContentDigest(*bytes)));
    }
    return bytes;
  }

  absl::Status AddManifest(const Json& descriptor) {
    std::string digest = Text(descriptor, "digest");
    if (layout_.Find(digest) != nullptr) return absl::OkStatus();
    absl::StatusOr<std::string> bytes = ReadBlob(digest);
    if (!bytes.ok()) return bytes.status();
    Json manifest = Json::parse(*bytes, nullptr, false);
    if (!manifest.is_object()) {
      return absl::InvalidArgumentError(
          absl::StrCat(directory_, ": manifest ", digest, " is not a JSON object"));
    }
    if (absl::Status status = AddContent(manifest); !status.ok()) return status;
    layout_.manifests_.push_back({Text(descriptor, "mediaType"), digest, *std::move(bytes), {}});
    return absl::OkStatus();
  }

  // Everything that must be there before `manifest` is.
  absl::Status AddContent(const Json& manifest) {
    for (const Json& child : ArrayMember(manifest, "manifests")) {
      if (absl::Status status = AddManifest(child); !status.ok()) return status;
    }
    // A subject need not exist; where it does, registries like to have it first.
    if (manifest.contains("subject")) {
      auto subject = roots_.find(Text(manifest["subject"], "digest"));
      absl::Status status = subject == roots_.end() ? absl::OkStatus() : AddManifest(subject->second);
      if (!status.ok()) return status;
    }
    Json blobs = ArrayMember(manifest, "layers");
    if (manifest.contains("config")) blobs.push_back(manifest["config"]);
    for (const Json& blob : blobs) {
      std::string digest = Text(blob, "digest");
      absl::StatusOr<std::string> bytes = ReadBlob(digest);
      if (!bytes.ok()) return bytes.status();
      blobs_[digest] = *std::move(bytes);
    }
    return absl::OkStatus();
  }

  void AddTag(const Json& descriptor) {
    if (!descriptor.contains("annotations")) return;
    std::string tag = Text(descriptor["annotations"], kRefName);
    for (LayoutManifest& manifest : layout_.manifests_) {
      if (!tag.empty() && manifest.digest == Text(descriptor, "digest")) manifest.tags.push_back(tag);
    }
  }

  const std::string directory_;
  OciLayout layout_;
  std::map<std::string, Json> roots_;
  std::map<std::string, std::string> blobs_;
};

absl::StatusOr<OciLayout> OciLayout::Read(const std::string& directory) { return Reader(directory).Run(); }

const LayoutManifest* OciLayout::Find(const std::string& reference) const {
  for (const LayoutManifest& manifest : manifests_) {
    if (manifest.digest == reference) return &manifest;
    if (std::find(manifest.tags.begin(), manifest.tags.end(), reference) != manifest.tags.end())
      return &manifest;
  }
  return nullptr;
}

}  // namespace chartseal::sandbox
