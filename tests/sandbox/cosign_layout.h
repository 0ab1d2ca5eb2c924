#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/mint.h"

// Signatures as they lie in a registry (spec/sigstore.md §1.1 and §1.4), as plain structs that a test or the
// demo can push.
namespace chartseal::sandbox {

struct OciBlob {
  std::string media_type;
  std::string digest;  // "sha256:<hex>"
  std::string bytes;
};

struct OciManifest {
  std::string media_type;
  std::string digest;
  std::string bytes;
  std::string artifact_type;  // as a referrers list shows it; may be empty
  std::map<std::string, std::string> annotations;
  std::string tag;  // empty = by digest only
  std::vector<OciBlob> blobs;
};

struct OciSubject {
  std::string digest;
  int64_t size = 0;
  std::string media_type = "application/vnd.oci.image.manifest.v1+json";
};

// "sha256-<hex>" of "sha256:<hex>".
std::string FallbackTag(std::string_view digest);

// --- legacy: the `.sig` tag ---

struct LegacyOptions {
  std::string docker_reference = "registry.sandbox.test/acme/app";
  std::string type = "cosign container image signature";
  std::string optional_json = "null";
  bool with_bundle = true;                          // the SET annotation
  bool empty_chain = false;                         // as cosign 3 writes it
  std::function<void(nlohmann::json&)> payload;     // before signing
  std::function<void(std::string&)> payload_text;   // before signing
  std::function<void(nlohmann::json&)> set_bundle;  // the bundle annotation's object
  std::function<void(std::map<std::string, std::string>&)> annotations;
};

// One layer: the signed payload and its annotations.
struct LegacySignature {
  std::string payload;
  std::map<std::string, std::string> annotations;
};

// Signs the simple-signing payload for the digest. The request says who, when, which log and timestamps; its
// artifact and content are replaced.
LegacySignature MintLegacy(Sigstore& sigstore, std::string_view digest, MintRequest request,
                           const LegacyOptions& options = {});
// The image manifest under "sha256-<hex>.sig".
OciManifest LegacyManifest(std::string_view digest, const std::vector<LegacySignature>& signatures);

// --- bundle: a referrer ---

struct ReferrerOptions {
  std::string artifact_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
  std::string layer_media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
  std::string created = "2026-01-31T00:00:00Z";
  std::string content = "dsse-envelope";
  std::string predicate_type = "https://sigstore.dev/cosign/sign/v1";
  bool artifact_type_in_config = false;  // cosign's quirk
  // What the descriptor in a referrers list says; "" = artifact_type. cosign 2 and some registries say the
  // empty config's type.
  std::string listed_artifact_type;
};

OciManifest BundleReferrer(const OciSubject& subject, std::string_view bundle_json,
                           const ReferrerOptions& options = {});
// A cosign v3 signature bundle of the subject, as a referrer.
OciManifest MintReferrer(Sigstore& sigstore, const OciSubject& subject, MintRequest request,
                         const ReferrerOptions& options = {});
// The image index of the referrers under the fallback tag, sorted by digest.
OciManifest ReferrersIndex(std::string_view subject_digest, const std::vector<OciManifest>& referrers);

}  // namespace chartseal::sandbox
