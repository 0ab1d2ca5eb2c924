#include "tests/sandbox/token_service.h"

#include <openssl/evp.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "tests/sandbox/registry_handlers.h"

namespace chartseal::sandbox {
namespace {

constexpr std::size_t kHugeToken = 8 << 20;

std::string Base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(size);
  return out;
}

// "repository:a/b:pull,push" becomes one entry per action.
std::set<std::string> Expand(const std::string& scope) {
  std::set<std::string> grants;
  for (const std::string& one : std::vector<std::string>(absl::StrSplit(scope, ' ', absl::SkipEmpty()))) {
    std::size_t colon = one.rfind(':');
    if (colon == std::string::npos) continue;
    for (const std::string& action : std::vector<std::string>(absl::StrSplit(one.substr(colon + 1), ','))) {
      grants.insert(one.substr(0, colon + 1) + action);
    }
  }
  return grants;
}

HttpResponse TokenError(int status, const std::string& error) {
  return MakeResponse(status, "application/json", nlohmann::json{{"error", error}}.dump());
}

}  // namespace

bool TokenService::IsBasicAuthorised(const HttpRequest& request) const {
  return request.Header("authorization") ==
         absl::StrCat("Basic ", Base64(absl::StrCat(options_.username, ":", options_.password)));
}

bool TokenService::IsBearerAuthorised(const HttpRequest& request, const std::string& scope) {
  std::string header = request.Header("authorization").value_or("");
  if (!absl::StartsWithIgnoreCase(header, "Bearer ")) return false;
  std::lock_guard lock(mutex_);
  auto token = tokens_.find(header.substr(7));
  if (token == tokens_.end() || token->second.expires <= absl::Now()) return false;
  for (const std::string& need : Expand(scope)) {
    if (!token->second.grants.contains(need)) return false;
  }
  return options_.requests_per_token == 0 || token->second.uses++ < options_.requests_per_token;
}

HttpResponse TokenService::Challenge(const std::string& scope, const std::string& own_realm) const {
  HttpResponse response = RegistryError(401, "UNAUTHORIZED", "authentication required");
  for (const std::string& more : options_.more_challenges)
    response.headers.emplace_back("WWW-Authenticate", more);
  std::string challenge = "Basic realm=\"sandbox\"";
  if (options_.scheme == AuthOptions::Scheme::kBearer) {
    std::lock_guard lock(mutex_);
    const std::string& realm = options_.realm.empty() ? own_realm : options_.realm;
    challenge = absl::StrCat("Bearer realm=\"", realm, "\",service=\"", options_.service, "\"");
    if (!scope.empty()) absl::StrAppend(&challenge, ",scope=\"", scope, "\"");
  }
  response.headers.emplace_back("WWW-Authenticate",
                                absl::StrCat(options_.challenge_before, challenge, options_.challenge_after));
  return response;
}

std::optional<HttpResponse> TokenService::Refuse(const HttpRequest& request, const std::string& scope,
                                                 const std::string& own_realm) {
  switch (options_.scheme) {
    case AuthOptions::Scheme::kNone:
      return std::nullopt;
    case AuthOptions::Scheme::kBasic:
      if (IsBasicAuthorised(request)) return std::nullopt;
      break;
    case AuthOptions::Scheme::kBearer:
      if (IsBearerAuthorised(request, scope)) return std::nullopt;
      break;
  }
  return Challenge(scope, own_realm);
}

HttpResponse TokenService::Issue(const HttpRequest& request) {
  if (options_.reply == TokenReply::kRedirect) {
    HttpResponse redirect{.status = 307};
    redirect.SetHeader("Location", options_.token_redirect);
    return redirect;
  }
  if (request.method == "POST") {
    if (!options_.token_post) return TokenError(405, "method not allowed");
    bool refresh = request.Parameter("grant_type") == "refresh_token" && !options_.identity_token.empty() &&
                   request.Parameter("refresh_token") == options_.identity_token;
    bool password = request.Parameter("grant_type") == "password" && HasCredentials() &&
                    request.Parameter("username") == options_.username &&
                    request.Parameter("password") == options_.password;
    return refresh || password ? Grant(request, true) : TokenError(401, "invalid_grant");
  }
  if (!HasCredentials() && options_.identity_token.empty()) return Grant(request, true);
  if (request.Header("authorization").has_value()) {
    return HasCredentials() && IsBasicAuthorised(request) ? Grant(request, true)
                                                          : TokenError(401, "invalid credentials");
  }
  return options_.anonymous_pull ? Grant(request, false) : TokenError(401, "credentials required");
}

HttpResponse TokenService::Grant(const HttpRequest& request, bool authenticated) {
  Token token{.expires = absl::Now() + options_.token_lifetime};
  auto [begin, end] = request.query.equal_range("scope");
  for (auto scope = begin; scope != end; ++scope) token.grants.merge(Expand(scope->second));
  if (!authenticated) {
    std::erase_if(token.grants, [](const std::string& grant) { return !grant.ends_with(":pull"); });
  }
  std::lock_guard lock(mutex_);
  std::string name = absl::StrCat("sandbox-token-", ++issued_, "-as-long-as-real-ones");
  if (options_.reply == TokenReply::kHuge) name.append(kHugeToken, 'x');
  if (options_.reply == TokenReply::kServerError) return TokenError(500, "token service is down");
  if (options_.reply == TokenReply::kMalformed) return MakeResponse(200, "application/json", "{\"token\":");
  nlohmann::json body = nlohmann::json::object();
  if (options_.reply != TokenReply::kAccessTokenOnly && options_.reply != TokenReply::kMissing) {
    body["token"] = name;
  }
  if (options_.reply == TokenReply::kAccessTokenOnly || options_.reply == TokenReply::kBoth) {
    body["access_token"] = name;
  }
  if (options_.say_expires_in) body["expires_in"] = absl::ToInt64Seconds(options_.token_lifetime);
  tokens_[name] = std::move(token);
  return MakeResponse(200, "application/json", body.dump());
}

void TokenService::SetRealm(std::string realm) {
  std::lock_guard lock(mutex_);
  options_.realm = std::move(realm);
}

void TokenService::RevokeAll() {
  std::lock_guard lock(mutex_);
  tokens_.clear();
}

int TokenService::issued() const {
  std::lock_guard lock(mutex_);
  return issued_;
}

}  // namespace chartseal::sandbox
