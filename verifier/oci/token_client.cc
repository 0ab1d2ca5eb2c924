#include "verifier/oci/token_client.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_error.h"

namespace chartseal::oci {
namespace {

constexpr std::string_view kClientId = "chartseal";
constexpr absl::Duration kDefaultLifetime = absl::Seconds(60);  // when expires_in is missing (token.md)

net::HttpRequest RequestTo(const TokenRequest& request, net::Url url) {
  net::HttpRequest http{.url = std::move(url)};
  http.headers.Add("Accept", "application/json");
  http.deadline = request.deadline;
  http.max_body_bytes = limits::kMaxTokenBytes;
  http.dial_scope = request.dial_scope;
  return http;
}

std::string QueryOf(const TokenRequest& request) {
  std::vector<std::string> parts;
  if (!request.realm.query().empty()) parts.push_back(request.realm.query());
  if (!request.service.empty()) parts.push_back("service=" + net::PercentEncode(request.service));
  for (const std::string& scope : request.scopes) parts.push_back("scope=" + net::PercentEncode(scope));
  return absl::StrJoin(parts, "&");
}

absl::StatusOr<ExchangeResult> Get(const Exchange& exchange, const TokenRequest& request) {
  ASSIGN_OR_RETURN(net::Url url, request.realm.WithQuery(QueryOf(request)));
  net::HttpRequest http = RequestTo(request, std::move(url));
  if (!request.credential.username.empty()) {
    http.headers.Add("Authorization", BasicAuthorization(request.credential).Reveal());
  }
  return exchange.Perform({.http = std::move(http)});
}

absl::StatusOr<ExchangeResult> Post(const Exchange& exchange, const TokenRequest& request) {
  const std::string form =
      Cat("grant_type=refresh_token&client_id=", kClientId, "&service=", net::PercentEncode(request.service),
          "&scope=", net::PercentEncode(absl::StrJoin(request.scopes, " ")),
          "&refresh_token=", net::PercentEncode(request.credential.identity_token.Reveal()));
  net::HttpRequest http = RequestTo(request, request.realm);
  http.method = "POST";
  http.headers.Add("Content-Type", "application/x-www-form-urlencoded");
  http.body = form;
  return exchange.Perform({.http = std::move(http)});
}

absl::Status BadReply(std::string_view where, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(Cat(where, ": ", what)), Reason::kTokenReplyMalformed);
}

absl::Duration LifetimeOf(const Node& reply) {
  const Node* expires_in = reply.Find("expires_in");
  if (expires_in == nullptr || expires_in->kind() != Node::Kind::kInteger) return kDefaultLifetime;
  if (expires_in->integer_value() <= 0) return kDefaultLifetime;
  const int64_t seconds =
      std::min(expires_in->integer_value(), absl::ToInt64Seconds(limits::kMaxTokenLifetime));
  return absl::Seconds(seconds);
}

// The message of a JSON error is left out: it may quote what it read, and that may be the token.
absl::StatusOr<Token> ReadToken(std::string_view where, const std::string& body) {
  const auto reply = ParseJson(body, where, {.max_bytes = limits::kMaxTokenBytes, .max_nodes = 1000});
  if (!reply.ok() || !reply->is_map()) return BadReply(where, "the token service's answer is no JSON object");
  std::string_view token = reply->StringOr("token");
  if (token.empty()) token = reply->StringOr("access_token");
  if (token.empty()) return BadReply(where, "the answer has neither \"token\" nor \"access_token\"");
  const auto fits = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!std::all_of(token.begin(), token.end(), fits))
    return BadReply(where, "the token cannot stand in a header");
  return Token{Secret(std::string(token)), LifetimeOf(*reply)};
}

}  // namespace

Secret BasicAuthorization(const Credential& credential) {
  return Secret("Basic " + Base64Encode(Cat(credential.username, ":", credential.password.Reveal())));
}

absl::StatusOr<Token> FetchToken(const Exchange& exchange, const TokenRequest& request) {
  const std::string where = Cat("token service ", request.realm.Redacted());
  const bool refresh = !request.credential.identity_token.empty();
  ASSIGN_OR_RETURN(ExchangeResult result, refresh ? Post(exchange, request) : Get(exchange, request));
  if (refresh && (result.response.status == 404 || result.response.status == 405)) {
    ASSIGN_OR_RETURN(result, Get(exchange, request));
  }
  if (result.response.status != 200) return ErrorFromResponse(where, result.response);
  return ReadToken(where, result.response.body);
}

}  // namespace chartseal::oci
