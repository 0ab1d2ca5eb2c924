#include "verifier/oci/transport.h"

#include <algorithm>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/http_by_host.h"
#include "verifier/oci/registry_error.h"

namespace chartseal::oci {
namespace {

bool IsRefusal(const ExchangeResult& result) {
  return result.response.status == 401 || result.response.status == 403;
}

}  // namespace

Transport::Transport(std::shared_ptr<net::HttpClient> http, RegistryOptions options)
    : options_(std::move(options)),
      exchange_(std::move(http), options_.retry, options_.clock, options_.sleeper, options_.on_request),
      authenticator_(&exchange_, options_.credentials, options_.clock) {}

bool Transport::IsPlainHttp(const std::string& host) const {
  const auto& plain = options_.plain_http_hosts;
  return std::any_of(plain.begin(), plain.end(), [&](const auto& name) { return NamesHost(name, host); });
}

absl::StatusOr<net::Url> Transport::UrlOf(const Reference& repository, std::string_view path) const {
  const std::string_view scheme = IsPlainHttp(repository.host()) ? "http" : "https";
  return net::Url::Parse(
      Cat(scheme, "://", repository.ApiHost(), "/v2/", repository.repository(), "/", path));
}

absl::StatusOr<ExchangeResult> Transport::SendWith(const RegistryRequest& request, const Grant* grant) const {
  ExchangeRequest exchange = {
      .http = {.url = request.url}, .on_attempt = request.on_attempt, .retry = request.retry};
  net::HttpRequest& http = exchange.http;
  http.method = request.method;
  http.headers = request.headers;
  if (grant != nullptr) http.headers.Set("Authorization", grant->authorization.Reveal());
  http.body = request.body;
  http.deadline = request.deadline;
  http.max_body_bytes = request.max_body_bytes;
  http.dial_scope = DialScopeOf(request);
  http.sink = request.sink;
  return exchange_.Perform(exchange);
}

net::DialScope Transport::DialScopeOf(const RegistryRequest& request) const {
  const auto home = UrlOf(request.repository, "");
  const bool named_by_user = home.ok() && home->host() == request.url.host();
  return named_by_user || request.named_scope == net::DialScope::kAnything ? options_.registry_scope
                                                                           : request.named_scope;
}

absl::StatusOr<ExchangeResult> Transport::Send(const RegistryRequest& request) {
  ASSIGN_OR_RETURN(const net::Url home, UrlOf(request.repository, ""));
  if (!request.url.SameOrigin(home)) {
    // An upload that continues at a storage service: it is told nothing about us.
    return SendWith(request, nullptr);
  }
  AccessRequest access = {
      .registry = home,
      .registry_scope = options_.registry_scope,
      .host = request.repository.host(),
      .repository = request.repository.repository(),
      .scope = Cat("repository:", request.repository.repository(), request.push ? ":pull,push" : ":pull"),
      .may_be_anonymous = !request.push,
      .deadline = request.deadline};
  const auto grant = authenticator_.InAdvance(access);
  ASSIGN_OR_RETURN(ExchangeResult result, SendWith(request, grant.has_value() ? &*grant : nullptr));
  if (grant.has_value()) access.refused = grant->authorization;
  // Only the registry itself may ask who we are, not what it redirects to.
  const bool from_registry = result.url.SameOrigin(home);
  if (from_registry && result.response.status == 401) {
    ASSIGN_OR_RETURN(result, AnswerChallenge(request, access, std::move(result)));
  } else if (from_registry && result.response.status == 403 && grant.has_value() && !grant->anonymous) {
    ASSIGN_OR_RETURN(result, TryAnonymously(request, access, std::move(result)));
  }
  SurfaceWarnings(request, result);
  return result;
}

absl::StatusOr<ExchangeResult> Transport::AnswerChallenge(const RegistryRequest& request,
                                                          const AccessRequest& access,
                                                          ExchangeResult challenged) {
  const auto challenges = ParseAuthChallenges(challenged.response.headers.All("WWW-Authenticate"));
  if (!challenges.ok()) return challenged;
  ASSIGN_OR_RETURN(const Grant grant, authenticator_.Answer(access, *challenges, challenged.named_scope));
  ASSIGN_OR_RETURN(ExchangeResult result, SendWith(request, &grant));
  if (!IsRefusal(result) || grant.anonymous || !result.url.SameOrigin(access.registry)) return result;
  return TryAnonymously(request, access, std::move(result));
}

absl::StatusOr<ExchangeResult> Transport::TryAnonymously(const RegistryRequest& request,
                                                         const AccessRequest& access,
                                                         ExchangeResult refused) {
  if (!access.may_be_anonymous) return refused;
  const auto grant = authenticator_.AnswerAnonymously(access);
  if (!grant.ok()) return refused;
  ASSIGN_OR_RETURN(ExchangeResult result, SendWith(request, &*grant));
  if (IsRefusal(result)) return refused;  // what the credentials were told says more
  return result;
}

void Transport::SurfaceWarnings(const RegistryRequest& request, const ExchangeResult& result) const {
  if (!options_.on_warning) return;
  for (const std::string_view warning : result.response.headers.All("Warning")) {
    // Distribution spec, "Warnings": 299 - "text"; other codes are not for people.
    if (!warning.starts_with("299 ")) continue;
    const size_t quote = warning.find('"');
    const size_t end = warning.rfind('"');
    if (quote == std::string_view::npos || end <= quote) continue;
    options_.on_warning(request.repository.host(), Redact(warning.substr(quote + 1, end - quote - 1), 512));
  }
}

}  // namespace chartseal::oci
