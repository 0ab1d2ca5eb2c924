#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/sandbox/registry.h"
#include "tests/verification/minted.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::verification {

// The media types of a manifest with one layer.
struct ArtifactTypes {
  std::string layer = "text/plain";
  std::string config = "application/vnd.oci.empty.v1+json";
};

// A registry on loopback with images of one repository, and a client for it.
class SignedImages {
 public:
  explicit SignedImages(std::string repository = "acme/app", ArtifactTypes types = {})
      : repository_(std::move(repository)), types_(std::move(types)) {
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry_->host()};
    client_ = oci::RegistryClient::Create(std::move(options)).value();
  }

  // An image with this layer, which makes it distinct.
  crypto::Digest PutUnsigned(const std::string& layer) {
    return Put(kManifest, Manifest(Blob(types_.config, "{}"), Blob(types_.layer, layer), ""));
  }
  crypto::Digest PutSigned(const std::string& layer) {
    const crypto::Digest image = PutUnsigned(layer);
    Attach(image, MintSignature(image));
    return image;
  }
  crypto::Digest PutSignedByOther(const std::string& layer) {
    const crypto::Digest image = PutUnsigned(layer);
    Attach(image, MintSignatureBy(OtherWorkflow(), image));
    return image;
  }
  // An index of these, signed or not.
  crypto::Digest PutIndex(const std::vector<crypto::Digest>& parts, bool is_signed) {
    std::string list;
    for (const crypto::Digest& part : parts) {
      list += Cat(list.empty() ? "" : ",", R"({"mediaType":")", kManifest, R"(","digest":")", part.ToString(),
                  R"(","size":1})");
    }
    const crypto::Digest index =
        Put(kIndex, Cat(R"({"schemaVersion":2,"mediaType":")", kIndex, R"(","manifests":[)", list, "]}"));
    if (is_signed) Attach(index, MintSignature(index));
    return index;
  }
  void Attach(const crypto::Digest& subject, const std::string& bundle) {
    Put(kManifest, Manifest(Blob(ArtifactTypes().config, "{}"), Blob(kBundle, bundle),
                            Cat(R"(,"subject":{"mediaType":")", kManifest, R"(","digest":")",
                                subject.ToString(), R"(","size":1})")));
  }
  void Tag(const std::string& tag, const crypto::Digest& image) {
    registry_->Tag(repository_, tag, image.ToString());
  }

  // "127.0.0.1:PORT/acme/app".
  std::string name() const { return Cat(registry_->host(), "/", repository_); }
  std::string Ref(const crypto::Digest& image) const { return Cat(name(), "@", image.ToString()); }
  sandbox::Registry& registry() { return *registry_; }
  oci::RegistryClient& client() { return *client_; }

  // That wants the release workflow to have signed everything here.
  std::string PolicyYaml(const std::string& name = "release", const std::string& more = "") const {
    return Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: ", name,
               "}\nspec:\n", more, "  match: {images: [\"", registry_->host(), "/**\"]}\n",
               "  authorities:\n  - keyless: {identities: [{issuer: \"", kIssuer, "\", subject: \"",
               kIdentity, "\"}]}\n");
  }

  static constexpr char kManifest[] = "application/vnd.oci.image.manifest.v1+json";

 private:
  static constexpr char kIndex[] = "application/vnd.oci.image.index.v1+json";
  static constexpr char kBundle[] = "application/vnd.dev.sigstore.bundle.v0.3+json";

  // The descriptor of these bytes.
  std::string Blob(const std::string& type, const std::string& bytes) {
    const std::string digest = registry_->PutBlob(repository_, bytes);
    return Cat(R"({"mediaType":")", type, R"(","digest":")", digest, R"(","size":)", bytes.size(), "}");
  }
  static std::string Manifest(const std::string& config, const std::string& layer, const std::string& more) {
    return Cat(R"({"schemaVersion":2,"mediaType":")", kManifest, R"(","config":)", config, R"(,"layers":[)",
               layer, "]", more, "}");
  }
  crypto::Digest Put(const std::string& type, const std::string& manifest) {
    return crypto::Digest::Parse(registry_->PutManifest(repository_, type, manifest)).value();
  }

  const std::string repository_;
  const ArtifactTypes types_;
  const std::unique_ptr<sandbox::Registry> registry_ = sandbox::Registry::Start().value();
  std::shared_ptr<oci::RegistryClient> client_;
};

}  // namespace chartseal::verification
