#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "tests/sandbox/token_service.h"

namespace chartseal::sandbox {

// What a referrers descriptor says as artifactType.
enum class DescriptorArtifactType {
  kManifest,         // the manifest's artifactType, else its config's media type (as the specification asks)
  kConfigMediaType,  // the config's media type even where the manifest has an artifactType (as one registry
                     // does)
  kMissing,          // no such member
};

// How a registry differs from its neighbours (spec/helm-oci-kubernetes.md §3.6, spec/real-parts.md §5). The
// defaults make a well-behaved registry with the referrers API and without authentication.
struct RegistryOptions {
  std::uint16_t port = 0;  // 0: any free one
  bool tls = false;        // HTTPS with a self-made certificate for 127.0.0.1; see Registry::ca_file()
  absl::Duration latency = absl::ZeroDuration();  // spent on every request
  AuthOptions auth;

  bool referrers_api = true;
  int referrers_status = 404;          // the answer when referrers_api is false
  std::string referrers_content_type;  // not "": answer 200 with a body of this type instead of that
  DescriptorArtifactType descriptor_artifact_type = DescriptorArtifactType::kManifest;
  bool descriptor_annotations = true;
  bool apply_filters = true;            // honour ?artifactType= and say so in OCI-Filters-Applied
  std::size_t referrers_page_size = 0;  // 0: one page
  std::size_t tags_page_size = 0;       // 0: one page; ?n= below it is honoured
  // OCI-Subject on PUT of a manifest with a subject. Unset: as referrers_api; true without that API is the
  // lie that some registries tell.
  std::optional<bool> send_oci_subject;

  bool head_content_digest = true;   // Docker-Content-Digest on HEAD
  bool get_content_digest = true;    // and on GET
  bool absolute_locations = false;   // upload Locations are absolute URLs, with a query of their own
  bool mount = true;                 // false: ?mount= starts an ordinary upload
  bool check_manifest_blobs = true;  // MANIFEST_BLOB_UNKNOWN when config or layers are missing
  std::size_t max_manifest_bytes = 4 << 20;
  std::size_t max_patch_bytes = 0;  // 0: no limit; larger PATCH bodies get 416
  std::size_t max_put_bytes = 0;    // 0: no limit; larger bodies of an upload's PUT get put_refusal
  int put_refusal = 413;
  std::size_t chunk_min_bytes = 0;  // OCI-Chunk-Min-Length; chunks of other multiples only at the end
  std::size_t chunk_takes = 0;      // 0: whole chunks; else no more of each is stored, and Range says so
  int manifest_status = 201;        // of a manifest PUT that worked
  bool immutable_tags = false;      // TAG_INVALID for a tag that exists, even with the same digest
  bool etags = false;               // ETag on GET of manifests; If-Match and If-None-Match on PUT
  bool rewrite_tagged = false;      // a manifest that is PUT by tag is stored with a blank more at its end

  // Blob GETs answer 307 to this URL + "/" + digest + a signed-looking query (see BlobStorage); "" serves
  // them here.
  std::string blob_redirect_base;
};

}  // namespace chartseal::sandbox
