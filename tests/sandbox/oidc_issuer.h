#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/identity.h"
#include "tests/sandbox/keys.h"

namespace chartseal::sandbox {

// An OpenID issuer that gives a token to anybody who asks:
//   GET /.well-known/openid-configuration, GET /keys
//   GET /token?repository=acme/app&workflow=release.yml&ref=refs/tags/v1&…   GitHub-shaped; every parameter
//   is a claim GET /token?email=dev@example.com                                         e-mail shaped
// With `audience` as parameter (as GitHub Actions asks) the answer is {"value":"<jwt>"}; else the bare token.
class OidcIssuer {
 public:
  explicit OidcIssuer(std::string url) : url_(std::move(url)), key_(Key::ForLeaf(KeyType::kRsa2048)) {}

  HttpResponse Handle(const HttpRequest& request, absl::Time now) const;

  // A signed RS256 token of exactly these claims.
  std::string Sign(const nlohmann::json& claims) const;
  // GitHub Actions claims, valid for ten minutes; the given members replace or add.
  nlohmann::json GitHubClaims(const nlohmann::json& changes, absl::Time now) const;
  nlohmann::json EmailClaims(std::string_view email, absl::Time now) const;
  // Checks signature, issuer, audience and time. Returns "" and fills the claims, or says what is wrong.
  std::string Check(std::string_view token, absl::Time now, nlohmann::json* claims) const;

  const std::string& url() const { return url_; }

 private:
  std::string url_;
  Key key_;
};

// The certificate identity that Fulcio derives from claims: a workflow when job_workflow_ref is there, else
// the e-mail address.
Identity IdentityOfClaims(const nlohmann::json& claims);
// What a proof of possession signs: the e-mail address, else `sub`.
std::string ProofSubject(const nlohmann::json& claims);

}  // namespace chartseal::sandbox
