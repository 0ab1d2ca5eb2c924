#include "tests/sandbox/layout_writer.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/state.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

constexpr char kRefName[] = "org.opencontainers.image.ref.name";

json ReadIndex(const std::string& directory) {
  std::string text;
  if (!ReadFile(directory + "/index.json", &text)) {
    return {{"schemaVersion", 2},
            {"mediaType", "application/vnd.oci.image.index.v1+json"},
            {"manifests", json::array()}};
  }
  return json::parse(text);
}

std::string TagOf(const json& descriptor) {
  return descriptor.value(json::json_pointer("/annotations/" + std::string(kRefName)), std::string());
}

}  // namespace

std::string LayoutWriter::BlobPath(std::string_view digest) const {
  return directory_ + "/blobs/sha256/" + std::string(digest.substr(digest.find(':') + 1));
}

std::string LayoutWriter::BlobOf(std::string_view digest) const {
  std::string bytes;
  Require(ReadFile(BlobPath(digest), &bytes), "the layout lacks the blob " + std::string(digest));
  return bytes;
}

std::string LayoutWriter::Tagged(std::string_view tag) const {
  const json index = ReadIndex(directory_);
  for (const json& descriptor : index["manifests"]) {
    if (TagOf(descriptor) == tag) return BlobOf(descriptor["digest"].get<std::string>());
  }
  return "";
}

void LayoutWriter::Add(const OciManifest& manifest) {
  for (const OciBlob& blob : manifest.blobs) WriteFile(BlobPath(blob.digest), blob.bytes);
  WriteFile(BlobPath(manifest.digest), manifest.bytes);
  WriteFile(directory_ + "/oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
  json index = ReadIndex(directory_);
  json kept = json::array();
  for (const json& descriptor : index["manifests"]) {
    const bool replaced = TagOf(descriptor) == manifest.tag &&
                          (!manifest.tag.empty() || descriptor["digest"] == manifest.digest);
    if (!replaced) kept.push_back(descriptor);
  }
  json added = {
      {"mediaType", manifest.media_type}, {"digest", manifest.digest}, {"size", manifest.bytes.size()}};
  if (!manifest.tag.empty()) added["annotations"] = {{kRefName, manifest.tag}};
  kept.push_back(std::move(added));
  index["manifests"] = std::move(kept);
  WriteFile(directory_ + "/index.json", index.dump(2));
}

void LayoutWriter::AddReferrer(std::string_view subject_digest, const OciManifest& referrer) {
  Add(referrer);
  std::vector<OciManifest> referrers = {referrer};
  if (const std::string present = Tagged(FallbackTag(subject_digest)); !present.empty()) {
    const json listed = json::parse(present);
    for (const json& descriptor : listed["manifests"]) {
      if (descriptor["digest"] == referrer.digest) continue;
      OciManifest other;
      other.media_type = descriptor["mediaType"];
      other.digest = descriptor["digest"];
      other.bytes = BlobOf(other.digest);
      other.artifact_type = descriptor.value("artifactType", "");
      other.annotations = descriptor.value("annotations", std::map<std::string, std::string>());
      referrers.push_back(std::move(other));
    }
  }
  Add(ReferrersIndex(subject_digest, referrers));
}

void LayoutWriter::AddLegacy(std::string_view subject_digest, const LegacySignature& signature) {
  std::vector<LegacySignature> signatures;
  if (const std::string present = Tagged(FallbackTag(subject_digest) + ".sig"); !present.empty()) {
    const json manifest = json::parse(present);
    for (const json& layer : manifest["layers"]) {
      signatures.push_back({BlobOf(layer["digest"].get<std::string>()),
                            layer["annotations"].get<std::map<std::string, std::string>>()});
    }
  }
  signatures.push_back(signature);
  Add(LegacyManifest(subject_digest, signatures));
}

}  // namespace chartseal::sandbox
