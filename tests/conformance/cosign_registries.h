#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/conformance/cosign_cases.h"
#include "tests/sandbox/debian_registry.h"
#include "tests/sandbox/layout_pusher.h"
#include "tests/sandbox/oci_layout.h"
#include "tests/sandbox/registry.h"
#include "verifier/oci/manifest.h"
#include "verifier/oci/registry_client.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal::conformance {

// Registries are not alike (spec/real-parts.md §5).
enum class Flavour {
  kDebian,          // a real one, without the referrers API
  kApi,             // with the API, as the specification asks
  kApiConfigType,   // descriptors with the config's media type as artifactType
  kApiWithoutType,  // descriptors without artifactType
  kApiSmallPages,   // one referrer a page
  kFallback400,     // without the API, which it says with 400
};

inline std::string NameOf(Flavour flavour) {
  switch (flavour) {
    case Flavour::kDebian:
      return "Debian";
    case Flavour::kApi:
      return "Api";
    case Flavour::kApiConfigType:
      return "ApiConfigType";
    case Flavour::kApiWithoutType:
      return "ApiWithoutType";
    case Flavour::kApiSmallPages:
      return "ApiSmallPages";
    case Flavour::kFallback400:
      return "Fallback400";
  }
  return "";
}

inline bool HasApi(Flavour flavour) {
  return flavour != Flavour::kDebian && flavour != Flavour::kFallback400;
}

inline sandbox::RegistryOptions OptionsOf(Flavour flavour) {
  sandbox::RegistryOptions options;
  options.referrers_api = HasApi(flavour);
  options.referrers_status = 400;
  if (flavour == Flavour::kApiConfigType) {
    options.descriptor_artifact_type = sandbox::DescriptorArtifactType::kConfigMediaType;
  }
  if (flavour == Flavour::kApiWithoutType) {
    options.descriptor_artifact_type = sandbox::DescriptorArtifactType::kMissing;
  }
  if (flavour == Flavour::kApiSmallPages) options.referrers_page_size = 1;
  return options;
}

// For a layout that was recorded from a registry with the referrers API: the index that a client would have
// kept under the fallback tag of each subject, by tag.
inline std::map<std::string, std::string> MissingFallbackIndexes(const sandbox::OciLayout& layout) {
  std::map<std::string, std::string> entries;
  for (const sandbox::LayoutManifest& stored : layout.manifests()) {
    auto manifest = oci::Manifest::Parse(stored.bytes, stored.media_type);
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    if (!manifest.ok() || !manifest->subject()) continue;
    std::string tag = manifest->subject()->digest.ToString();
    tag[tag.find(':')] = '-';
    if (layout.Find(tag) != nullptr) continue;
    std::string& list = entries[tag];
    list += Cat(list.empty() ? "" : ",", R"({"mediaType":")", stored.media_type, R"(","digest":")",
                stored.digest, R"(","size":)", stored.bytes.size(), "}");
  }
  for (auto& [tag, list] : entries) {
    list = Cat(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)",
               list, "]}");
  }
  return entries;
}

// A registry that holds every repository of a collection, and a client for it.
class RecordedRegistry {
 public:
  RecordedRegistry(const CosignCollection& collection, Flavour flavour) : flavour_(flavour) {
    if (flavour == Flavour::kDebian) {
      auto started = sandbox::DebianRegistry::Start();
      EXPECT_TRUE(started.ok()) << started.status();
      if (started.ok()) debian_ = *std::move(started);
    } else {
      auto started = sandbox::Registry::Start(OptionsOf(flavour));
      EXPECT_TRUE(started.ok()) << started.status();
      if (started.ok()) own_ = *std::move(started);
    }
    for (const CosignCase& one : collection.cases) Push(collection, one.name);
    oci::RegistryOptions options;
    options.plain_http_hosts = {host()};
    auto client = oci::RegistryClient::Create(std::move(options));
    EXPECT_TRUE(client.ok()) << client.status();
    if (client.ok()) client_ = *std::move(client);
    auto root = sigstore::TrustedRoot::ParseJson(collection.trusted_root_json, "trusted_root.json");
    EXPECT_TRUE(root.ok()) << root.status();
    if (root.ok()) root_ = std::make_shared<const sigstore::TrustedRoot>(*std::move(root));
  }

  bool ready() const { return (debian_ || own_) && client_ && root_; }
  std::string host() const { return debian_ ? debian_->host() : own_->host(); }

  // `suffix` is "@sha256:…" or ":tag".
  absl::StatusOr<verification::Verdict> Verify(const std::string& repository, const std::string& suffix,
                                               const policy::Requirement& requirement) const {
    return VerifyUnder(*root_, repository, suffix, requirement);
  }

  absl::StatusOr<verification::Verdict> VerifyUnder(const sigstore::TrustedRoot& root,
                                                    const std::string& repository, const std::string& suffix,
                                                    const policy::Requirement& requirement) const {
    const auto reference = oci::Reference::Parse(Cat(host(), "/", repository, suffix));
    if (!reference.ok()) return reference.status();
    const std::shared_ptr<const sigstore::TrustedRoot> borrowed(&root, [](const auto*) {});
    return verification::ArtifactVerifier(*client_, borrowed)
        .Verify(*reference, requirement, absl::Now() + absl::Seconds(30));
  }

 private:
  void Push(const CosignCollection& collection, const std::string& name) {
    auto layout = sandbox::OciLayout::Read(Cat(collection.directory, "/", name));
    EXPECT_TRUE(layout.ok()) << layout.status();
    if (!layout.ok()) return;
    const absl::Status pushed =
        sandbox::PushLayout(*layout, host(), name, {.fallback_tags = !HasApi(flavour_)});
    EXPECT_TRUE(pushed.ok()) << name << ": " << pushed;
    if (HasApi(flavour_)) return;
    for (const auto& [tag, index] : MissingFallbackIndexes(*layout)) {
      const absl::Status indexed =
          sandbox::PushManifest(host(), name, tag, "application/vnd.oci.image.index.v1+json", index);
      EXPECT_TRUE(indexed.ok()) << name << ": " << indexed;
    }
  }

  Flavour flavour_;
  std::unique_ptr<sandbox::DebianRegistry> debian_;
  std::unique_ptr<sandbox::Registry> own_;
  std::shared_ptr<oci::RegistryClient> client_;
  std::shared_ptr<const sigstore::TrustedRoot> root_;
};

}  // namespace chartseal::conformance
