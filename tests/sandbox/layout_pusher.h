#pragma once

#include <string>

#include "absl/status/status.h"
#include "tests/sandbox/oci_layout.h"
#include "tests/sandbox/registry.h"

namespace chartseal::sandbox {

struct LayoutPushOptions {
  // False: "sha256-<hex>" tags, which stand in for the referrers API, are left out with the indexes that they
  // name, as a registry with that API would hold the repository. Legacy "sha256-<hex>.sig" tags are always
  // pushed.
  bool fallback_tags = true;
};

// Pushes a layout as it is over plain HTTP into the registry at `host` (127.0.0.1 or localhost, with a port):
// blobs, then manifests by digest, then tags. Already present blobs are not sent again. Not for registries
// that want credentials. The error names the first request that failed, with the registry's answer.
absl::Status PushLayout(const OciLayout& layout, const std::string& host, const std::string& repository,
                        LayoutPushOptions options = {});

// Pushes one more manifest under `reference`, a tag or its digest; its children have to be there.
absl::Status PushManifest(const std::string& host, const std::string& repository,
                          const std::string& reference, const std::string& media_type,
                          const std::string& bytes);

// The same as PushLayout() without HTTP, into our own registry.
void PutLayout(const OciLayout& layout, Registry& registry, const std::string& repository,
               LayoutPushOptions options = {});

}  // namespace chartseal::sandbox
