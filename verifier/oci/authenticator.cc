#include "verifier/oci/authenticator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/token_client.h"

namespace chartseal::oci {
namespace {

const AuthChallenge* Find(const std::vector<AuthChallenge>& challenges, std::string_view scheme) {
  const auto found =
      std::find_if(challenges.begin(), challenges.end(), [&](const auto& c) { return c.scheme == scheme; });
  return found == challenges.end() ? nullptr : &*found;
}

absl::Status Unauthorized(const AccessRequest& access, std::string_view what) {
  return WithReason(absl::UnauthenticatedError(Cat(access.host, ": ", what)), Reason::kUnauthorized);
}

// What the registry says is missing comes first, because some services read only the first scope.
std::vector<std::string> ScopesFor(const AccessRequest& access, const AuthChallenge& challenge) {
  std::vector<std::string> scopes;
  const auto add = [&](std::string scope) {
    if (!scope.empty() && std::find(scopes.begin(), scopes.end(), scope) == scopes.end())
      scopes.push_back(scope);
  };
  for (const absl::string_view s : absl::StrSplit(ToAbsl(challenge.Get("scope")), ' ')) add(std::string(s));
  add(access.scope);
  return scopes;
}

std::string KeyOf(const AccessRequest& access, std::string_view service) {
  return Cat(access.registry.Origin(), "\n", service, "\n", access.scope);
}

// Credentials may differ from one repository of a registry to the next.
std::string BasicKeyOf(const AccessRequest& access) {
  return Cat(access.registry.Origin(), "\nbasic\n", access.repository);
}

bool TurnedAway(const absl::Status& status) { return ReasonOf(status) == Reason::kUnauthorized; }

}  // namespace

Authenticator::Authenticator(const Exchange* exchange, std::shared_ptr<CredentialSource> credentials,
                             net::Clock clock)
    : exchange_(exchange), credentials_(std::move(credentials)), clock_(std::move(clock)), flights_(clock_) {}

std::optional<Grant> Authenticator::InAdvance(const AccessRequest& access) {
  if (auto cached = Cached(access)) return cached;
  const auto service = RememberedService(access);
  if (!service.has_value() && !WantsBasic(access)) return std::nullopt;
  auto grant = service.has_value() ? AnswerBearer(access, *service, {access.scope}) : AnswerBasic(access);
  if (!grant.ok()) return std::nullopt;  // the registry will ask, and then the error is told
  return *std::move(grant);
}

absl::StatusOr<Grant> Authenticator::Answer(const AccessRequest& access,
                                            const std::vector<AuthChallenge>& challenges,
                                            net::DialScope named_scope) {
  if (const AuthChallenge* bearer = Find(challenges, "bearer")) {
    ASSIGN_OR_RETURN(const TokenService service, ServiceOf(access, *bearer, named_scope));
    ASSIGN_OR_RETURN(Grant grant, AnswerBearer(access, service, ScopesFor(access, *bearer)));
    Remember(access, service);
    return grant;
  }
  if (Find(challenges, "basic") != nullptr) return AnswerBasic(access);
  return Unauthorized(access, Cat("the registry asks for authentication of the kind ",
                                  Printable(challenges.front().scheme), "; Bearer and Basic are supported"));
}

absl::StatusOr<Grant> Authenticator::AnswerAnonymously(const AccessRequest& access) {
  const auto service = RememberedService(access);
  if (!service.has_value()) return Unauthorized(access, "the registry does not hand out anonymous tokens");
  return Fetch(access, *service, {access.scope}, Credential());
}

absl::StatusOr<Authenticator::TokenService> Authenticator::ServiceOf(const AccessRequest& access,
                                                                     const AuthChallenge& challenge,
                                                                     net::DialScope named_scope) const {
  const auto realm = net::Url::Parse(challenge.Get("realm"));
  if (!realm.ok()) return Annotate(realm.status(), Cat("the token realm that ", access.host, " names"));
  RETURN_IF_ERROR(net::CheckNamedByServer(access.registry, *realm, named_scope, "token realm"));
  const bool same_host = realm->host() == access.registry.host();
  return TokenService{*realm, std::string(challenge.Get("service")),
                      same_host ? access.registry_scope : named_scope};
}

absl::StatusOr<Grant> Authenticator::AnswerBasic(const AccessRequest& access) {
  ASSIGN_OR_RETURN(const Credential credential,
                   credentials_->ForRepository(access.host, access.repository, access.deadline));
  if (credential.username.empty()) {
    return Unauthorized(access,
                        "the registry wants a user name and a password, and none are stored for it; "
                        "log in with helm registry login or docker login");
  }
  const Grant grant = {.authorization = BasicAuthorization(credential)};
  Keep(BasicKeyOf(access), grant, clock_() + limits::kMaxTokenLifetime);
  const std::lock_guard lock(mutex_);
  if (basic_origins_.size() >= limits::kMaxCachedTokens) basic_origins_.clear();
  basic_origins_.insert(access.registry.Origin());
  return grant;
}

bool Authenticator::WantsBasic(const AccessRequest& access) {
  const std::lock_guard lock(mutex_);
  return basic_origins_.contains(access.registry.Origin());
}

absl::StatusOr<Grant> Authenticator::AnswerBearer(const AccessRequest& access, const TokenService& service,
                                                  const std::vector<std::string>& scopes) {
  // Others who were turned away at the same time may have fetched what is wanted.
  const auto cached = CachedUnder(KeyOf(access, service.service));
  if (cached.has_value() && cached->authorization != access.refused) return *cached;
  ASSIGN_OR_RETURN(const Credential credential,
                   credentials_->ForRepository(access.host, access.repository, access.deadline));
  if (!credential.registry_token.empty())
    return Grant{Secret("Bearer " + credential.registry_token.Reveal()), false};
  auto grant = Fetch(access, service, scopes, credential);
  if (grant.ok() || credential.anonymous() || !access.may_be_anonymous || !TurnedAway(grant.status()))
    return grant;
  // Stale credentials must not stand in the way of what everybody may read (seen at ghcr.io).
  auto anonymous = Fetch(access, service, scopes, Credential());
  return anonymous.ok() ? anonymous : grant;
}

absl::StatusOr<Grant> Authenticator::Fetch(const AccessRequest& access, const TokenService& service,
                                           const std::vector<std::string>& scopes,
                                           const Credential& credential) {
  const std::string key = Cat(KeyOf(access, service.service), "\n", absl::StrJoin(scopes, " "), "\n",
                              credential.anonymous() ? "anonymous" : "known");
  return flights_.Do(key, access.deadline, [&] { return FetchAlone(access, service, scopes, credential); });
}

absl::StatusOr<Grant> Authenticator::FetchAlone(const AccessRequest& access, const TokenService& service,
                                                const std::vector<std::string>& scopes,
                                                const Credential& credential) {
  const absl::Time asked = clock_();
  ASSIGN_OR_RETURN(const Token token, FetchToken(*exchange_, {.realm = service.realm,
                                                              .service = service.service,
                                                              .scopes = scopes,
                                                              .credential = credential,
                                                              .dial_scope = service.dial_scope,
                                                              .deadline = access.deadline}));
  Grant grant = {Secret("Bearer " + token.value.Reveal()), credential.anonymous()};
  Keep(KeyOf(access, service.service), grant, asked + token.lifetime * 0.8);
  return grant;
}

std::optional<Grant> Authenticator::Cached(const AccessRequest& access) {
  const auto service = RememberedService(access);
  return CachedUnder(service.has_value() ? KeyOf(access, service->service) : BasicKeyOf(access));
}

std::optional<Grant> Authenticator::CachedUnder(const std::string& key) {
  const absl::Time now = clock_();
  const std::lock_guard lock(mutex_);
  const auto found = grants_.find(key);
  if (found == grants_.end() || found->second.expires <= now) return std::nullopt;
  return found->second.grant;
}

std::optional<Authenticator::TokenService> Authenticator::RememberedService(const AccessRequest& access) {
  const std::lock_guard lock(mutex_);
  const auto found = services_.find(access.registry.Origin());
  return found == services_.end() ? std::nullopt : std::optional(found->second);
}

void Authenticator::Remember(const AccessRequest& access, const TokenService& service) {
  const std::lock_guard lock(mutex_);
  if (services_.size() >= limits::kMaxCachedTokens) services_.clear();
  services_.insert_or_assign(access.registry.Origin(), service);
}

void Authenticator::Keep(const std::string& key, const Grant& grant, absl::Time expires) {
  const absl::Time now = clock_();
  const std::lock_guard lock(mutex_);
  if (grants_.size() >= limits::kMaxCachedTokens) {
    std::erase_if(grants_, [&](const auto& entry) { return entry.second.expires <= now; });
  }
  if (grants_.size() >= limits::kMaxCachedTokens) grants_.clear();
  grants_.insert_or_assign(key, CachedGrant{grant, expires});
}

}  // namespace chartseal::oci
