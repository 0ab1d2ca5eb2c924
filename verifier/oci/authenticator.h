#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/oci/auth_challenge.h"
#include "verifier/oci/credentials.h"
#include "verifier/oci/exchange.h"
#include "verifier/oci/secret.h"
#include "verifier/oci/single_flight.h"

namespace chartseal::oci {

// What to send as Authorization.
struct Grant {
  Secret authorization;
  bool anonymous = false;  // obtained without credentials
};

// Whom access is wanted from, and to what.
struct AccessRequest {
  net::Url registry;              // any URL of the registry
  net::DialScope registry_scope;  // what the registry itself may resolve to
  std::string host;               // as in Reference::host(); credentials are looked up by it
  std::string repository;         // and by this
  std::string scope;              // "repository:org/app:pull"
  bool may_be_anonymous = true;   // reading: unusable credentials need not be the end
  Secret refused;                 // the Authorization that the registry has turned away; empty for none
  absl::Time deadline;
};

// Answers the challenges of registries (spec/helm-oci-kubernetes.md §3.1) and keeps the tokens by registry,
// service and scope for 80 % of their lifetime. Callers who want the same token at the same time wait for one
// that is fetched. Credentials go to the registry that they are for and to the token realm that it names,
// when that realm passes net::CheckNamedByServer. Thread-safe.
class Authenticator {
 public:
  // `exchange` is borrowed and must outlive this object.
  Authenticator(const Exchange* exchange, std::shared_ptr<CredentialSource> credentials, net::Clock clock);

  // What can be sent before the registry asks: a cached grant, or a token from the service that this registry
  // named last time. nullopt when there is neither or it could not be had.
  std::optional<Grant> InAdvance(const AccessRequest& access);

  // After a 401: a grant with the stored credentials, or without any when there are none or the token service
  // turns them away. `named_scope` is ExchangeResult::named_scope of the 401. Errors:
  // Unauthenticated/kUnauthorized, and those of CredentialSource, FetchToken and CheckNamedByServer.
  absl::StatusOr<Grant> Answer(const AccessRequest& access, const std::vector<AuthChallenge>& challenges,
                               net::DialScope named_scope);

  // After credentials were turned away by the registry itself: a token without any. Errors as Answer();
  // Unauthenticated when the registry never named a token service.
  absl::StatusOr<Grant> AnswerAnonymously(const AccessRequest& access);

 private:
  struct TokenService {
    net::Url realm;
    std::string service;
    net::DialScope dial_scope;
  };
  struct CachedGrant {
    Grant grant;
    absl::Time expires;
  };

  absl::StatusOr<TokenService> ServiceOf(const AccessRequest& access, const AuthChallenge& challenge,
                                         net::DialScope named_scope) const;
  absl::StatusOr<Grant> AnswerBasic(const AccessRequest& access);
  absl::StatusOr<Grant> AnswerBearer(const AccessRequest& access, const TokenService& service,
                                     const std::vector<std::string>& scopes);
  absl::StatusOr<Grant> Fetch(const AccessRequest& access, const TokenService& service,
                              const std::vector<std::string>& scopes, const Credential& credential);
  absl::StatusOr<Grant> FetchAlone(const AccessRequest& access, const TokenService& service,
                                   const std::vector<std::string>& scopes, const Credential& credential);
  std::optional<Grant> CachedUnder(const std::string& key);
  bool WantsBasic(const AccessRequest& access);
  std::optional<Grant> Cached(const AccessRequest& access);
  std::optional<TokenService> RememberedService(const AccessRequest& access);
  void Remember(const AccessRequest& access, const TokenService& service);
  void Keep(const std::string& key, const Grant& grant, absl::Time expires);

  const Exchange* exchange_;
  std::shared_ptr<CredentialSource> credentials_;
  net::Clock clock_;
  std::mutex mutex_;
  std::map<std::string, TokenService> services_;  // by registry origin
  std::set<std::string> basic_origins_;           // registries that have asked for Basic
  std::map<std::string, CachedGrant> grants_;     // by registry origin, service and scope
  SingleFlight<Grant> flights_;                   // by the same, and what is asked with
};

}  // namespace chartseal::oci
