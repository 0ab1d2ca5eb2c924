#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/cli/command.h"
#include "tests/sandbox/registry.h"
#include "tests/verification/minted.h"

namespace chartseal::cli {

// The command line, and a registry with things to verify. Repository "acme/app" throughout.
class CliTest : public ::testing::Test {
 protected:
  CliTest()
      : registry_(sandbox::Registry::Start().value()),
        root_(command_.File("trusted_root.json", sandbox::TrustedRootJson(verification::TestSigstore()))) {}

  // An image that `note` makes distinct.
  crypto::Digest PutImage(const std::string& note) {
    return Digest(
        registry_->PutManifest(kRepository, kManifestType, Manifest(Layer(note, "text/plain"), "")));
  }

  void Attach(const crypto::Digest& subject, const std::string& bundle) {
    const std::string type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    registry_->PutManifest(
        kRepository, kManifestType,
        Manifest(Layer(bundle, type), Cat(R"(,"subject":{"mediaType":")", kManifestType, R"(","digest":")",
                                          subject.ToString(), R"(","size":1})")));
  }

  crypto::Digest PutSigned(const std::string& note) {
    const crypto::Digest image = PutImage(note);
    Attach(image, verification::MintSignature(image));
    return image;
  }

  std::string Ref(const crypto::Digest& digest) const {
    return Cat(registry_->host(), "/", kRepository, "@", digest.ToString());
  }

  // `words` with what every verification here needs: trust, plain HTTP and, unless `who` says otherwise, the
  // identity of the release workflow.
  std::vector<std::string> With(std::vector<std::string> words,
                                std::vector<std::string> who = Workflow()) const {
    words.insert(words.end(), {"--trusted-root", root_, "--plain-http"});
    words.insert(words.end(), who.begin(), who.end());
    return words;
  }
  static std::vector<std::string> Workflow() {
    return {"--certificate-identity", std::string(verification::kIdentity), "--certificate-oidc-issuer",
            std::string(verification::kIssuer)};
  }
  static std::vector<std::string> OtherWorkflow() {
    return {"--certificate-identity", "https://other.test/workflow", "--certificate-oidc-issuer",
            std::string(verification::kIssuer)};
  }

  static constexpr char kRepository[] = "acme/app";
  static constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";

  Command command_;
  std::unique_ptr<sandbox::Registry> registry_;
  const std::string root_;

 private:
  static crypto::Digest Digest(const std::string& text) { return crypto::Digest::Parse(text).value(); }

  std::string Layer(const std::string& bytes, const std::string& type) {
    const std::string digest = registry_->PutBlob(kRepository, bytes);
    return Cat(R"({"mediaType":")", type, R"(","digest":")", digest, R"(","size":)", bytes.size(), "}");
  }

  std::string Manifest(const std::string& layer, const std::string& subject) {
    const std::string config = registry_->PutBlob(kRepository, "{}");
    return Cat(R"({"schemaVersion":2,"mediaType":")", kManifestType,
               R"(","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":")", config,
               R"(","size":2},"layers":[)", layer, "]", subject, "}");
  }
};

}  // namespace chartseal::cli
