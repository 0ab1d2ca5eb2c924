#include "webhook/registry_image_verifier.h"

#include <utility>

namespace chartseal::webhook {
namespace {

class RegistryImageVerifier : public ImageVerifier {
 public:
  RegistryImageVerifier(oci::ArtifactSource& source, std::shared_ptr<const sigstore::TrustedRoot> root)
      : verifier_(source, std::move(root)) {}

  absl::StatusOr<verification::Verdict> Verify(const oci::Reference& reference,
                                               const policy::Requirement& requirement,
                                               absl::Time deadline) override {
    return verifier_.Verify(reference, requirement, deadline);
  }

 private:
  const verification::ArtifactVerifier verifier_;
};

}  // namespace

std::shared_ptr<ImageVerifier> MakeImageVerifier(oci::ArtifactSource& source,
                                                 std::shared_ptr<const sigstore::TrustedRoot> root) {
  return std::make_shared<RegistryImageVerifier>(source, std::move(root));
}

}  // namespace chartseal::webhook
