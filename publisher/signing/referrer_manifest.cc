#include "publisher/signing/referrer_manifest.h"

#include <utility>

#include "publisher/signing/bundle_writer.h"
#include "verifier/base/encoding.h"
#include "verifier/base/node.h"
#include "verifier/base/strict_json.h"

namespace chartseal::publisher {
namespace {

Node DescriptorNode(std::string_view media_type, const crypto::Digest& digest, int64_t size) {
  Node node = Node::MakeMap();
  node.Set("mediaType", media_type);
  node.Set("digest", digest.ToString());
  node.Set("size", Node::Integer(size));
  return node;
}

}  // namespace

std::string MakeReferrerManifest(const oci::Descriptor& subject, const oci::Descriptor& bundle,
                                 std::string_view predicate_type, absl::Time created) {
  Node manifest = Node::MakeMap();
  manifest.Set("schemaVersion", Node::Integer(2));
  manifest.Set("mediaType", oci::kOciManifest);
  manifest.Set("artifactType", kBundleMediaType);
  manifest.Set("config", DescriptorNode(oci::kOciEmpty, crypto::Digest::Sha256Of(kEmptyConfig),
                                        static_cast<int64_t>(kEmptyConfig.size())));
  Node layers = Node::MakeList();
  layers.Append(DescriptorNode(kBundleMediaType, bundle.digest, bundle.size));
  manifest.Set("layers", std::move(layers));
  Node annotations = Node::MakeMap();
  annotations.Set("dev.sigstore.bundle.content", "dsse-envelope");
  annotations.Set("dev.sigstore.bundle.predicateType", predicate_type);
  annotations.Set("org.opencontainers.image.created", Rfc3339(created));
  manifest.Set("annotations", std::move(annotations));
  manifest.Set("subject", DescriptorNode(subject.media_type, subject.digest, subject.size));
  return WriteJson(manifest);
}

}  // namespace chartseal::publisher
