#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/dial_policy.h"
#include "verifier/net/url.h"
#include "verifier/oci/credentials.h"
#include "verifier/oci/exchange.h"
#include "verifier/oci/secret.h"

namespace chartseal::oci {

struct TokenRequest {
  net::Url realm;
  std::string service;              // empty when the challenge named none
  std::vector<std::string> scopes;  // in this order; some services read only the first
  Credential credential;            // may be anonymous
  net::DialScope dial_scope = net::DialScope::kPublic;
  absl::Time deadline;
};

struct Token {
  Secret value;
  absl::Duration lifetime;
};

// Asks a token service for a bearer token (distribution's auth/token.md and auth/oauth.md;
// spec/helm-oci-kubernetes.md §3.1): GET, since some services know nothing else; POST only with an identity
// token, and GET again when that answers 404 or 405. Errors as ErrorFromResponse and Exchange::Perform, and
// FailedPrecondition/kTokenReplyMalformed.
absl::StatusOr<Token> FetchToken(const Exchange& exchange, const TokenRequest& request);

// "Basic ..." for an Authorization field.
Secret BasicAuthorization(const Credential& credential);

}  // namespace chartseal::oci
