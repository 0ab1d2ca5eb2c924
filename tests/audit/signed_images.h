#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/sandbox/registry.h"
#include "tests/verification/minted.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::audit {

// A registry on loopback with images of the repository "acme/app", and a client for it.
class SignedImages {
 public:
  SignedImages() {
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry_->host()};
    client_ = oci::RegistryClient::Create(std::move(options)).value();
  }

  // An image that `note` makes distinct.
  crypto::Digest PutUnsigned(const std::string& note) {
    return Digest(registry_->PutManifest(kRepository, kManifest, Manifest(Layer(note, "text/plain"), "")));
  }
  crypto::Digest PutSigned(const std::string& note) {
    const crypto::Digest image = PutUnsigned(note);
    Attach(image, verification::MintSignature(image));
    return image;
  }
  crypto::Digest PutSignedByOther(const std::string& note) {
    const crypto::Digest image = PutUnsigned(note);
    Attach(image, verification::MintSignatureBy(verification::OtherWorkflow(), image));
    return image;
  }
  // An index of these, signed or not.
  crypto::Digest PutIndex(const std::vector<crypto::Digest>& parts, bool is_signed) {
    std::string list;
    for (const crypto::Digest& part : parts) {
      list += Cat(list.empty() ? "" : ",", R"({"mediaType":")", kManifest, R"(","digest":")", part.ToString(),
                  R"(","size":1})");
    }
    constexpr char kIndex[] = "application/vnd.oci.image.index.v1+json";
    const crypto::Digest index = Digest(registry_->PutManifest(
        kRepository, kIndex,
        Cat(R"({"schemaVersion":2,"mediaType":")", kIndex, R"(","manifests":[)", list, "]}")));
    if (is_signed) Attach(index, verification::MintSignature(index));
    return index;
  }
  void Tag(const std::string& tag, const crypto::Digest& image) {
    registry_->Tag(kRepository, tag, image.ToString());
  }

  // "127.0.0.1:PORT/acme/app".
  std::string name() const { return Cat(registry_->host(), "/", kRepository); }
  std::string Ref(const crypto::Digest& image) const { return Cat(name(), "@", image.ToString()); }
  sandbox::Registry& registry() { return *registry_; }
  oci::RegistryClient& client() { return *client_; }

  // That wants the release workflow to have signed everything here.
  std::string PolicyYaml(const std::string& name = "release", const std::string& more = "") const {
    return Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: ", name,
               "}\nspec:\n", more, "  match: {images: [\"", registry_->host(), "/**\"]}\n",
               "  authorities:\n  - keyless: {identities: [{issuer: \"", verification::kIssuer,
               "\", subject: \"", verification::kIdentity, "\"}]}\n");
  }

  static constexpr char kRepository[] = "acme/app";

 private:
  static constexpr char kManifest[] = "application/vnd.oci.image.manifest.v1+json";
  static constexpr char kBundle[] = "application/vnd.dev.sigstore.bundle.v0.3+json";

  static crypto::Digest Digest(const std::string& text) { return crypto::Digest::Parse(text).value(); }

  void Attach(const crypto::Digest& subject, const std::string& bundle) {
    registry_->PutManifest(
        kRepository, kManifest,
        Manifest(Layer(bundle, kBundle), Cat(R"(,"subject":{"mediaType":")", kManifest, R"(","digest":")",
                                             subject.ToString(), R"(","size":1})")));
  }

  std::string Layer(const std::string& bytes, const std::string& type) {
    const std::string digest = registry_->PutBlob(kRepository, bytes);
    return Cat(R"({"mediaType":")", type, R"(","digest":")", digest, R"(","size":)", bytes.size(), "}");
  }

  std::string Manifest(const std::string& layer, const std::string& subject) {
    const std::string config = registry_->PutBlob(kRepository, "{}");
    return Cat(R"({"schemaVersion":2,"mediaType":")", kManifest,
               R"(","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":")", config,
               R"(","size":2},"layers":[)", layer, "]", subject, "}");
  }

  const std::unique_ptr<sandbox::Registry> registry_ = sandbox::Registry::Start().value();
  std::shared_ptr<oci::RegistryClient> client_;
};

}  // namespace chartseal::audit
