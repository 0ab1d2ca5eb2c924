#include "tests/sandbox/oidc_issuer.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

constexpr char kAudience[] = "sigstore";
constexpr char kKeyId[] = "sandbox";

std::string Text(const json& claims, const char* name) { return claims.value(name, std::string()); }

HttpResponse JsonResponse(const json& body) { return MakeResponse(200, "application/json", body.dump()); }

// Modulus and exponent (65537) from the fixed tail of an RSA public key info: … INTEGER n, INTEGER e.
json RsaJwk(const Key& key) {
  constexpr size_t kModulusBytes = 256;
  constexpr size_t kExponentElement = 5;  // 02 03 01 00 01
  const std::string spki = key.Spki();
  const std::string modulus = spki.substr(spki.size() - kExponentElement - kModulusBytes, kModulusBytes);
  return {{"kty", "RSA"},
          {"alg", "RS256"},
          {"use", "sig"},
          {"kid", kKeyId},
          {"n", Base64UrlEncode(modulus)},
          {"e", Base64UrlEncode(std::string("\x01\x00\x01", 3))}};
}

json TimeClaims(absl::Time now) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  return {{"iat", seconds}, {"nbf", seconds}, {"exp", seconds + 600}};
}

}  // namespace

HttpResponse OidcIssuer::Handle(const HttpRequest& request, absl::Time now) const {
  if (request.path == "/.well-known/openid-configuration") {
    return JsonResponse({{"issuer", url_},
                         {"jwks_uri", url_ + "/keys"},
                         {"authorization_endpoint", url_ + "/auth"},
                         {"token_endpoint", url_ + "/token"},
                         {"response_types_supported", {"code", "id_token"}},
                         {"subject_types_supported", {"public"}},
                         {"id_token_signing_alg_values_supported", {"RS256"}}});
  }
  if (request.path == "/keys") return JsonResponse({{"keys", json::array({RsaJwk(key_)})}});
  if (request.path != "/token") return MakeResponse(404, "text/plain", "no such page\n");
  json changes = json::object();
  for (const auto& [name, value] : request.query) {
    if (name != "audience") changes[name] = value;
  }
  const std::string token =
      Sign(changes.contains("email") ? EmailClaims(Text(changes, "email"), now) : GitHubClaims(changes, now));
  if (request.Parameter("audience")) return JsonResponse({{"value", token}});
  return MakeResponse(200, "text/plain", token);
}

std::string OidcIssuer::Sign(const json& claims) const {
  const json header = {{"alg", "RS256"}, {"kid", kKeyId}, {"typ", "JWT"}};
  const std::string signed_text = Base64UrlEncode(header.dump()) + "." + Base64UrlEncode(claims.dump());
  return signed_text + "." + Base64UrlEncode(key_.Sign(signed_text));
}

json OidcIssuer::GitHubClaims(const json& changes, absl::Time now) const {
  const std::string repository = changes.value("repository", "acme/app");
  const std::string ref = changes.value("ref", "refs/tags/v1.2.3");
  const std::string file = changes.value("workflow", "release.yml");
  const std::string workflow = repository + "/.github/workflows/" + file + "@" + ref;
  const std::string commit = "3f2b6c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b";
  json claims = {{"iss", url_},
                 {"aud", kAudience},
                 {"sub", "repo:" + repository + ":ref:" + ref},
                 {"ref", ref},
                 {"sha", commit},
                 {"repository", repository},
                 {"repository_owner", repository.substr(0, repository.find('/'))},
                 {"repository_owner_id", "91234567"},
                 {"repository_id", "740123456"},
                 {"repository_visibility", "public"},
                 {"run_id", "9876543210"},
                 {"run_attempt", "1"},
                 {"workflow_ref", workflow},
                 {"workflow_sha", commit},
                 {"job_workflow_ref", workflow},
                 {"job_workflow_sha", commit},
                 {"event_name", "push"},
                 {"runner_environment", "github-hosted"}};
  claims.update(TimeClaims(now));
  claims.update(changes);
  claims["workflow"] = "Release";
  return claims;
}

json OidcIssuer::EmailClaims(std::string_view email, absl::Time now) const {
  json claims = {{"iss", url_},
                 {"aud", kAudience},
                 {"sub", "subject-of-" + std::string(email)},
                 {"email", email},
                 {"email_verified", true}};
  claims.update(TimeClaims(now));
  return claims;
}

std::string OidcIssuer::Check(std::string_view token, absl::Time now, json* claims) const {
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  if (first == last) return "not a token of three parts";
  std::string signature;
  std::string payload;
  if (!Base64Decode(token.substr(last + 1), &signature) ||
      !Base64Decode(token.substr(first + 1, last - first - 1), &payload)) {
    return "token is not base64url";
  }
  if (!VerifyWithSpki(key_.Spki(), token.substr(0, last), signature))
    return "token signature does not verify";
  *claims = json::parse(payload, nullptr, false);
  if (!claims->is_object()) return "token claims are not an object";
  if (Text(*claims, "iss") != url_) return "token is of another issuer";
  if (Text(*claims, "aud") != kAudience) return "token is for another audience";
  if (claims->value("exp", int64_t{0}) < absl::ToUnixSeconds(now)) return "token has expired";
  return "";
}

Identity IdentityOfClaims(const json& c) {
  Identity identity;
  identity.issuer = Text(c, "iss");
  if (!c.contains("job_workflow_ref")) {
    identity.sans = {{SanKind::kEmail, Text(c, "email")}};
    identity.claims[24] = Text(c, "sub");
    return identity;
  }
  const std::string url = "https://github.com/";
  const std::string repository = url + Text(c, "repository");
  identity.sans = {{SanKind::kUri, url + Text(c, "job_workflow_ref")}};
  identity.claims = {
      {2, Text(c, "event_name")},
      {3, Text(c, "sha")},
      {4, Text(c, "workflow")},
      {5, Text(c, "repository")},
      {6, Text(c, "ref")},
      {9, url + Text(c, "job_workflow_ref")},
      {10, Text(c, "job_workflow_sha")},
      {11, Text(c, "runner_environment")},
      {12, repository},
      {13, Text(c, "sha")},
      {14, Text(c, "ref")},
      {15, Text(c, "repository_id")},
      {16, url + Text(c, "repository_owner")},
      {17, Text(c, "repository_owner_id")},
      {18, url + Text(c, "workflow_ref")},
      {19, Text(c, "workflow_sha")},
      {20, Text(c, "event_name")},
      {21, repository + "/actions/runs/" + Text(c, "run_id") + "/attempts/" + Text(c, "run_attempt")},
      {22, Text(c, "repository_visibility")},
      {24, Text(c, "sub")}};
  return identity;
}

std::string ProofSubject(const json& claims) {
  return claims.contains("email") ? Text(claims, "email") : Text(claims, "sub");
}

}  // namespace chartseal::sandbox
