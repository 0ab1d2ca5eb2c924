#include "publisher/signing/identity_token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kAudience = "sigstore";

absl::Status Unusable(std::string_view what) {
  return Malformed(Reason::kTokenUnusable, "identity token", what);
}

std::string Quoted(std::string_view claim) { return Cat("'", Printable(claim), "'"); }

// The claims of "header.claims.signature", each in base64url. Whatever a parser says about them is left out
// of messages: it may quote what it read.
absl::StatusOr<Node> ReadClaims(std::string_view jwt) {
  if (jwt.empty()) return Unusable("empty");
  if (jwt.size() > limits::kMaxIdentityTokenBytes) {
    return Unusable(Cat(jwt.size(), " bytes; at most ", limits::kMaxIdentityTokenBytes, " are taken"));
  }
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(jwt), '.');
  const auto decodes = [](const std::string& part) { return !part.empty() && Base64UrlDecode(part).ok(); };
  if (parts.size() != 3 || !std::all_of(parts.begin(), parts.end(), decodes)) {
    return Unusable("not a JWT (three parts in base64url with points between them)");
  }
  ASSIGN_OR_RETURN(const std::string text, Base64UrlDecode(parts[1]));
  auto claims = ParseJson(text, "claims", {.max_bytes = limits::kMaxIdentityTokenBytes, .max_nodes = 4096});
  if (!claims.ok() || !claims->is_map()) return Unusable("its claims are no strict JSON object");
  return claims;
}

// "aud" may be one name or a list of them (RFC 7519 §4.1.3).
std::vector<std::string> AudienceOf(const Node& claims) {
  const Node* audience = claims.Find("aud");
  if (audience == nullptr) return {};
  if (audience->is_string()) return {audience->string_value()};
  std::vector<std::string> names;
  if (!audience->is_list()) return names;
  for (const Node& name : audience->list()) {
    if (name.is_string()) names.push_back(name.string_value());
  }
  return names;
}

absl::Status CheckAudience(const Node& claims) {
  const std::vector<std::string> names = AudienceOf(claims);
  if (std::find(names.begin(), names.end(), kAudience) != names.end()) return absl::OkStatus();
  const std::string found = names.empty() ? "none" : Quoted(absl::StrJoin(names, ", "));
  return Unusable(Cat("its audience is ", found, "; expected '", kAudience,
                      "': ask its issuer for a token with that audience (aud)"));
}

// A NumericDate (RFC 7519 §2); fractions are allowed there.
absl::StatusOr<std::optional<absl::Time>> TimeClaim(const Node& claims, std::string_view name) {
  const Node* value = claims.Find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->kind() == Node::Kind::kInteger) return absl::FromUnixSeconds(value->integer_value());
  if (value->kind() == Node::Kind::kNumber) return absl::UnixEpoch() + absl::Seconds(value->number_value());
  return Unusable(Cat("its claim '", name, "' is no number of seconds"));
}

absl::Status CheckBegin(const Node& claims, std::string_view name, absl::Time now) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> begin, TimeClaim(claims, name));
  if (!begin.has_value() || *begin <= now + limits::kMaxClockSkew) return absl::OkStatus();
  return Unusable(Cat("its claim '", name, "' is ", Rfc3339(*begin), " and here it is ", Rfc3339(now),
                      "; is the machine's clock right?"));
}

absl::StatusOr<absl::Time> CheckTimes(const Node& claims, absl::Time now) {
  RETURN_IF_ERROR(CheckBegin(claims, "nbf", now));
  RETURN_IF_ERROR(CheckBegin(claims, "iat", now));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> end, TimeClaim(claims, "exp"));
  if (!end.has_value()) return Unusable("it has no time of expiry (exp)");
  if (*end <= now) return Unusable(Cat("it expired at ", Rfc3339(*end), "; get a new one"));
  if (*end < now + limits::kMinTokenLife) {
    return Unusable(Cat("it expires at ", Rfc3339(*end), ", which is too soon to use it; get a new one"));
  }
  return *end;
}

// true, or "true" as some issuers write it.
bool IsVerified(const Node& claims) {
  const Node* verified = claims.Find("email_verified");
  if (verified == nullptr) return false;
  return verified->kind() == Node::Kind::kBool ? verified->bool_value()
                                               : verified->is_string() && verified->string_value() == "true";
}

absl::StatusOr<std::string> SubjectOf(const Node& claims) {
  const std::string_view email = claims.StringOr("email");
  if (email.empty()) {
    const std::string_view subject = claims.StringOr("sub");
    if (subject.empty()) return Unusable("it has neither an e-mail address nor a subject (sub)");
    return std::string(subject);
  }
  if (IsVerified(claims)) return std::string(email);
  return Unusable(Cat("its issuer does not say that the e-mail address ", Quoted(email),
                      " is verified (email_verified)"));
}

// Where the workflows of an issuer live. GitHub Enterprise Server issues as https://HOST/_services/token; for
// all else Fulcio's own templates say github.com.
std::string ServerOf(std::string_view issuer) {
  constexpr std::string_view kEnterpriseServer = "/_services/token";
  if (issuer.ends_with(kEnterpriseServer))
    issuer.remove_suffix(kEnterpriseServer.size());
  else
    issuer = "https://github.com";
  return std::string(issuer);
}

std::optional<std::string> ExpectedIdentity(const Node& claims) {
  const std::string_view email = claims.StringOr("email");
  if (!email.empty()) return std::string(email);
  const std::string_view workflow = claims.StringOr("job_workflow_ref");
  if (workflow.empty()) return std::nullopt;
  return Cat(ServerOf(claims.StringOr("iss")), "/", workflow);
}

}  // namespace

absl::StatusOr<IdentityToken> IdentityToken::Parse(std::string_view jwt, absl::Time now) {
  jwt = FromAbsl(absl::StripAsciiWhitespace(ToAbsl(jwt)));
  ASSIGN_OR_RETURN(const Node claims, ReadClaims(jwt));
  RETURN_IF_ERROR(CheckAudience(claims));
  IdentityToken token;
  ASSIGN_OR_RETURN(token.expires_, CheckTimes(claims, now));
  token.issuer_ = std::string(claims.StringOr("iss"));
  if (token.issuer_.empty()) return Unusable("it names no issuer (iss)");
  ASSIGN_OR_RETURN(token.subject_, SubjectOf(claims));
  token.expected_identity_ = ExpectedIdentity(claims);
  token.text_ = oci::Secret(std::string(jwt));
  return token;
}

}  // namespace chartseal::publisher
