#pragma once

#include <string>
#include <vector>

#include "tests/cli/command.h"
#include "tests/verification/signed_images.h"

namespace chartseal::cli {

// The command line, and a registry with things to verify. Repository "acme/app" throughout.
class CliTest : public ::testing::Test {
 protected:
  crypto::Digest PutImage(const std::string& note) { return images_.PutUnsigned(note); }
  crypto::Digest PutSigned(const std::string& note) { return images_.PutSigned(note); }
  void Attach(const crypto::Digest& subject, const std::string& bundle) { images_.Attach(subject, bundle); }
  std::string Ref(const crypto::Digest& digest) const { return images_.Ref(digest); }

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

  Command command_;
  verification::SignedImages images_{kRepository};
  sandbox::Registry* const registry_ = &images_.registry();
  const std::string root_ =
      command_.File("trusted_root.json", sandbox::TrustedRootJson(verification::TestSigstore()));
};

}  // namespace chartseal::cli
