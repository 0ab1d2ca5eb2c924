#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace chartseal::sandbox {

struct LayoutManifest {
  std::string media_type;
  std::string digest;
  std::string bytes;
  std::vector<std::string> tags;  // of org.opencontainers.image.ref.name in index.json
};

struct LayoutBlob {
  std::string digest;
  std::string bytes;
};

// An OCI image layout directory, read whole into memory (test data is small). Every digest has been checked.
class OciLayout {
 public:
  // NotFound for a missing file, InvalidArgument for anything malformed; the message names the file.
  static absl::StatusOr<OciLayout> Read(const std::string& directory);

  // In an order that a registry accepts: what an index lists, and the subject of a manifest, come before it.
  const std::vector<LayoutManifest>& manifests() const { return manifests_; }
  // Configs and layers, each once, in digest order.
  const std::vector<LayoutBlob>& blobs() const { return blobs_; }
  // The manifest with this tag or digest; null when there is none.
  const LayoutManifest* Find(const std::string& reference) const;

 private:
  class Reader;
  OciLayout() = default;
  std::vector<LayoutManifest> manifests_;
  std::vector<LayoutBlob> blobs_;
};

}  // namespace chartseal::sandbox
