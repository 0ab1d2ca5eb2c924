#pragma once

#include <string>

#include "tests/verification/signed_images.h"
#include "verifier/base/strings.h"

namespace chartseal::helm_plugin {

// A registry on loopback with manifests of charts in "acme/charts/app", and a client for it. What a chart's
// archive holds plays no part unless a test puts a real one there.
class Charts {
 public:
  // The manifest of this archive; tagged, and signed by the release workflow unless `signer` says otherwise.
  enum class Signer { kWorkflow, kOther, kNobody };
  crypto::Digest Put(const std::string& archive, const std::string& tag, Signer signer = Signer::kWorkflow) {
    const crypto::Digest digest = signer == Signer::kWorkflow ? manifests_.PutSigned(archive)
                                  : signer == Signer::kOther  ? manifests_.PutSignedByOther(archive)
                                                              : manifests_.PutUnsigned(archive);
    if (!tag.empty()) manifests_.Tag(tag, digest);
    return digest;
  }

  std::string name() const { return manifests_.name(); }
  std::string uri() const { return "oci://" + name(); }
  sandbox::Registry& registry() { return manifests_.registry(); }
  oci::RegistryClient& client() { return manifests_.client(); }

  // That wants the release workflow to have signed the charts here.
  std::string PolicyYaml(const std::string& more = "") const {
    return Cat(
        "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: {name: release}\nspec:\n",
        more, "  match: {charts: [\"", name().substr(0, name().find('/')), "/acme/charts/*\"]}\n",
        "  authorities:\n  - keyless: {identities: [{issuer: \"", verification::kIssuer, "\", subject: \"",
        verification::kIdentity, "\"}]}\n");
  }

  static constexpr char kRepository[] = "acme/charts/app";

 private:
  verification::SignedImages manifests_{
      kRepository,
      {"application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/vnd.cncf.helm.config.v1+json"}};
};

}  // namespace chartseal::helm_plugin
