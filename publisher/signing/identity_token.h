#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/secret.h"
#include "verifier/policy/identity.h"

namespace chartseal::publisher {

// An OpenID Connect identity token whose claims were read, not verified: that is Fulcio's business. Existence
// means that it is a JWT for the audience "sigstore" that is valid for some time yet.
class IdentityToken {
 public:
  // InvalidArgument with kTokenUnusable: no JWT, another audience, expired (or about to), an e-mail that its
  // issuer does not call verified. The message names claims, never the token.
  static absl::StatusOr<IdentityToken> Parse(std::string_view jwt, absl::Time now);

  const oci::Secret& text() const { return text_; }
  const std::string& issuer() const { return issuer_; }
  // What the proof of possession signs: the e-mail address, else `sub` (spec/sigstore.md §5.1).
  const std::string& subject() const { return subject_; }
  absl::Time expires() const { return expires_; }
  // The certificate identity that public-good Fulcio makes of this token, where that can be known: the e-mail
  // address, or the workflow's URI for GitHub Actions. For messages and for finding an earlier signature.
  const std::optional<std::string>& expected_identity() const { return expected_identity_; }

 private:
  IdentityToken() = default;
  oci::Secret text_;
  std::string issuer_;
  std::string subject_;
  absl::Time expires_;
  std::optional<std::string> expected_identity_;
};

struct TokenSources {
  std::string given;  // --identity-token: a JWT, or the path of a file that holds one; empty for none
  std::function<std::optional<std::string>(const char*)> environment;
  std::shared_ptr<net::HttpClient> http;
  net::Clock clock = net::SystemClock();
  net::Sleeper sleeper = net::SystemSleeper();
  std::string token_file = "/var/run/sigstore/cosign/oidc-token";
  std::string metadata_url = "http://metadata.google.internal";  // GCP; GCE_METADATA_HOST replaces it
  std::string machine_file = "/sys/class/dmi/id/product_name";   // begins with "Google" on GCP
};

// The first source that there is, in cosign's order (spec/sigstore.md §5.1): given, Buildkite,
// SIGSTORE_ID_TOKEN (which GitLab sets), file, GitHub Actions, GCP metadata; not SPIFFE, impersonation on GCP
// and the browser. A source that is there and fails is an error, not a reason to try the next.
// FailedPrecondition with kTokenMissing when there is none (the message lists them all);
// kTokenProviderFailed; errors of IdentityToken::Parse.
absl::StatusOr<IdentityToken> ObtainToken(const TokenSources& sources, absl::Time deadline);

}  // namespace chartseal::publisher
