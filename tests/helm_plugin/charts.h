#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/sandbox/registry.h"
#include "tests/verification/minted.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/registry_client.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::helm_plugin {

// A registry on loopback with manifests of charts in "acme/charts/app", and a client for it. What a chart's
// archive holds plays no part unless a test puts a real one there.
class Charts {
 public:
  Charts() {
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry_->host()};
    client_ = oci::RegistryClient::Create(std::move(options)).value();
  }

  // The manifest of this archive; tagged, and signed by the release workflow unless `signer` says otherwise.
  enum class Signer { kWorkflow, kOther, kNobody };
  crypto::Digest Put(const std::string& archive, const std::string& tag, Signer signer = Signer::kWorkflow) {
    const std::string layer = Blob(archive, "application/vnd.cncf.helm.chart.content.v1.tar+gzip");
    const crypto::Digest digest = Manifest("application/vnd.cncf.helm.config.v1+json", layer, "");
    if (!tag.empty()) registry_->Tag(kRepository, tag, digest.ToString());
    if (signer == Signer::kWorkflow) Attach(digest, verification::MintSignature(digest));
    if (signer == Signer::kOther) {
      Attach(digest, verification::MintSignatureBy(verification::OtherWorkflow(), digest));
    }
    return digest;
  }

  std::string name() const { return Cat(registry_->host(), "/", kRepository); }
  std::string uri() const { return "oci://" + name(); }
  sandbox::Registry& registry() { return *registry_; }
  oci::RegistryClient& client() { return *client_; }

  // That wants the release workflow to have signed the charts here.
  std::string PolicyYaml(const std::string& more = "") const {
    return Cat(
        "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: release}\nspec:\n",
        more, "  match: {charts: [\"", registry_->host(), "/acme/charts/*\"]}\n",
        "  authorities:\n  - keyless: {identities: [{issuer: \"", verification::kIssuer, "\", subject: \"",
        verification::kIdentity, "\"}]}\n");
  }

  static constexpr char kRepository[] = "acme/charts/app";

 private:
  static constexpr char kManifest[] = "application/vnd.oci.image.manifest.v1+json";

  std::string Blob(const std::string& bytes, const std::string& type) {
    const std::string digest = registry_->PutBlob(kRepository, bytes);
    return Cat(R"({"mediaType":")", type, R"(","digest":")", digest, R"(","size":)", bytes.size(), "}");
  }
  crypto::Digest Manifest(const std::string& config_type, const std::string& layer, const std::string& more) {
    return crypto::Digest::Parse(
               registry_->PutManifest(kRepository, kManifest,
                                      Cat(R"({"schemaVersion":2,"mediaType":")", kManifest, R"(","config":)",
                                          Blob("{}", config_type), R"(,"layers":[)", layer, "]", more, "}")))
        .value();
  }
  void Attach(const crypto::Digest& subject, const std::string& bundle) {
    Manifest("application/vnd.oci.empty.v1+json",
             Blob(bundle, "application/vnd.dev.sigstore.bundle.v0.3+json"),
             Cat(R"(,"subject":{"mediaType":")", kManifest, R"(","digest":")", subject.ToString(),
                 R"(","size":1})"));
  }

  const std::unique_ptr<sandbox::Registry> registry_ = sandbox::Registry::Start().value();
  std::shared_ptr<oci::RegistryClient> client_;
};

}  // namespace chartseal::helm_plugin
