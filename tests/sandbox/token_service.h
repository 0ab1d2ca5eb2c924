#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"

namespace chartseal::sandbox {

// What the token endpoint says to a request that it could grant.
enum class TokenReply {
  kBoth,  // "token" and "access_token"
  kTokenOnly,
  kAccessTokenOnly,
  kMissing,      // a JSON object without either
  kMalformed,    // not JSON
  kHuge,         // a token of 8 MiB
  kRedirect,     // 307 to AuthOptions::token_redirect
  kServerError,  // 500
};

// How a registry asks for authentication (spec/helm-oci-kubernetes.md §2.5, §3.1).
struct AuthOptions {
  enum class Scheme { kNone, kBasic, kBearer };
  Scheme scheme = Scheme::kNone;
  std::string username;  // "" with "": nobody needs credentials, and anonymous tokens may push
  std::string password;
  bool anonymous_pull = false;  // with credentials set: tokens without credentials may pull
  std::string identity_token;   // the refresh_token that a POST has to show; "" refuses all
  bool token_post = true;       // false: 405 on POST

  std::string realm;  // "": "/token" of the registry itself
  std::string service = "sandbox-registry";
  // Text inside the same WWW-Authenticate header around our challenge, e.g. "Negotiate, " or ", Digest
  // realm=\"a,b\"".
  std::string challenge_before;
  std::string challenge_after;
  std::vector<std::string> more_challenges;  // further WWW-Authenticate headers, before ours

  TokenReply reply = TokenReply::kBoth;
  std::string token_redirect;
  absl::Duration token_lifetime = absl::Minutes(5);
  bool say_expires_in = true;
  int requests_per_token = 0;  // a token is refused after so many uses; 0: no limit
};

// The gate of a registry and its token endpoint. Thread-safe.
class TokenService {
 public:
  explicit TokenService(AuthOptions options) : options_(std::move(options)) {}

  // The 401 for a request that lacks what it needs, or nothing when it may pass. `scope` is what it needs,
  // e.g. "repository:a/b:pull" ("" for any valid token); `own_realm` stands in for an empty
  // AuthOptions::realm.
  std::optional<HttpResponse> Refuse(const HttpRequest& request, const std::string& scope,
                                     const std::string& own_realm);

  // Answers a GET or POST to the token endpoint. May serve a LoopbackServer of its own as well.
  HttpResponse Issue(const HttpRequest& request);

  void SetRealm(std::string realm);
  void RevokeAll();    // every token issued so far is refused from now on
  int issued() const;  // tokens issued so far

 private:
  struct Token {
    std::set<std::string> grants;  // "repository:NAME:ACTION"
    absl::Time expires;
    int uses = 0;
  };
  bool HasCredentials() const { return !options_.username.empty() || !options_.password.empty(); }
  bool IsBasicAuthorised(const HttpRequest& request) const;
  bool IsBearerAuthorised(const HttpRequest& request, const std::string& scope);
  HttpResponse Challenge(const std::string& scope, const std::string& own_realm) const;
  HttpResponse Grant(const HttpRequest& request, bool authenticated);

  AuthOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, Token> tokens_;
  int issued_ = 0;
};

}  // namespace chartseal::sandbox
