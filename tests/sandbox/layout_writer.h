#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/cosign_layout.h"

namespace chartseal::sandbox {

// Adds signatures to an OCI image layout directory, which is created when it is missing: blobs, index.json
// with tags as org.opencontainers.image.ref.name. Ends the process when the directory cannot be written.
class LayoutWriter {
 public:
  explicit LayoutWriter(std::string directory) : directory_(std::move(directory)) {}

  // The manifest and its blobs; an entry with the same tag is replaced.
  void Add(const OciManifest& manifest);
  // A referrer, and its place in the subject's fallback index.
  void AddReferrer(std::string_view subject_digest, const OciManifest& referrer);
  // A legacy signature beside those that are already under the subject's `.sig` tag.
  void AddLegacy(std::string_view subject_digest, const LegacySignature& signature);

 private:
  std::string BlobPath(std::string_view digest) const;
  std::string BlobOf(std::string_view digest) const;
  // The bytes of the manifest under a tag, "" when there is none.
  std::string Tagged(std::string_view tag) const;

  std::string directory_;
};

}  // namespace chartseal::sandbox
