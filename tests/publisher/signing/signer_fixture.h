#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "publisher/signing/signer.h"
#include "tests/publisher/signing/signing_fixture.h"
#include "tests/sandbox/trusted_root_file.h"

namespace chartseal::publisher {

// Whom the sandbox's tokens speak of, unless told otherwise.
inline constexpr std::string_view kIdentity =
    "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";

inline std::shared_ptr<const sigstore::TrustedRoot> RootOf(const sandbox::Sigstore& sigstore) {
  return std::make_shared<const sigstore::TrustedRoot>(
      sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(sigstore), "test root").value());
}

// Signers over the private Sigstore.
class SignerTest : public SigningTest {
 protected:
  SigningServices Services(bool v1 = true, bool v2 = false, bool tsa = true) const {
    const sandbox::ServiceUrls urls = services_->urls();
    SigningServices services;
    services.fulcio_url = urls.fulcio;
    if (v1) services.rekor.push_back({urls.rekor_v1, 1});
    if (v2) services.rekor.push_back({urls.rekor_v2, 2});
    if (tsa) services.timestamp_urls.push_back(urls.tsa);
    return services;
  }
  Signer KeylessSigner(SigningServices services) {
    return Signer(Keyless{std::move(services), [this](absl::Time) { return TokenFor(); }}, caller_,
                  RootOf(sigstore_));
  }
  Signer KeySigner(std::optional<SigningServices> services,
                   crypto::KeyType type = crypto::KeyType::kEcdsaP256) {
    pair_ = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::Generate(type).value());
    return Signer(KeyPair{pair_, std::move(services)}, caller_, RootOf(sigstore_));
  }
  absl::StatusOr<IdentityToken> TokenFor() {
    ++tokens_;
    return Token();
  }

  // Requests to all services together.
  size_t Requests() const {
    return services_->fulcio_server().log().size() + services_->rekor_v1_server().log().size() +
           services_->rekor_v2_server().log().size() + services_->tsa_server().log().size();
  }

  std::shared_ptr<const crypto::PrivateKey> pair_;
  int tokens_ = 0;
};

}  // namespace chartseal::publisher
