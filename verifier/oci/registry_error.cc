#include "verifier/oci/registry_error.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

constexpr size_t kShownErrors = 3;
constexpr size_t kShownBytes = 200;

bool EndsWord(char c) {
  return absl::ascii_isspace(c) || c == '"' || c == '\'' || c == ',' || c == '<' || c == '>';
}

bool IsAuthScheme(std::string_view word) {
  const std::string lower = absl::AsciiStrToLower(ToAbsl(word));
  return lower == "bearer" || lower == "basic" || lower == "authorization:" || lower == "token" ||
         lower == "token:";
}

// A JWT, or another long run without a word in it.
bool LooksLikeToken(std::string_view word) {
  return (word.starts_with("eyJ") && word.size() > 20) || word.starts_with("ghp_") ||
         word.starts_with("gho_") || word.starts_with("ghs_") || word.starts_with("github_pat_") ||
         word.starts_with("glpat-");
}

// "name:password" in base64, however short.
bool IsBasicCredential(std::string_view word) {
  const auto decoded = Base64Decode(word);
  return decoded.ok() && decoded->find(':') != std::string::npos;
}

std::string RedactWord(std::string_view word, std::string_view before) {
  // "Basic" needs care: "basic authentication required" is an ordinary sentence.
  if (IsAuthScheme(before) && (word.size() > 20 || IsBasicCredential(word))) return "[redacted]";
  if (LooksLikeToken(word)) return "[redacted]";
  if (const size_t query = word.find('?'); query != std::string_view::npos && query + 1 < word.size()) {
    return Cat(word.substr(0, query), "?...");
  }
  const std::string lower = absl::AsciiStrToLower(ToAbsl(word));
  for (const std::string_view key : {"token=", "sig=", "signature=", "password=", "secret="}) {
    const size_t at = lower.find(key);
    if (at != std::string::npos) return Cat(word.substr(0, at + key.size()), "[redacted]");
  }
  return std::string(word);
}

std::string ShownError(const Node& error) {
  const std::string_view code = error.StringOr("code");
  const std::string_view message = error.StringOr("message");
  const std::string_view between = code.empty() || message.empty() ? "" : ": ";
  return Redact(Cat(code, between, message), kShownBytes);
}

// The entries of {"errors":[...]}; nullopt when the body is something else.
std::optional<Node::List> ErrorsIn(std::string_view body) {
  const auto node =
      ParseJson(body, "error body", {.max_bytes = limits::kMaxErrorBodyBytes, .max_nodes = 4096});
  const Node* errors = node.ok() ? node->Find("errors") : nullptr;
  if (errors == nullptr || !errors->is_list()) return std::nullopt;
  return errors->list();
}

// The registry's own words, or "".
std::string Details(std::string_view body) {
  if (body.empty()) return "";
  const auto errors = ErrorsIn(body);
  if (!errors.has_value()) {
    // A page for people is of no use in a message; a line of text may be.
    return body.front() == '<' || body.front() == '{' ? "" : Redact(body, kShownBytes);
  }
  std::vector<std::string> shown;
  for (const Node& error : *errors) {
    if (shown.size() == kShownErrors) break;
    shown.push_back(ShownError(error));
  }
  return absl::StrJoin(shown, "; ");
}

std::pair<absl::StatusCode, Reason> Meaning(int status) {
  switch (status) {
    case 401:
      return {absl::StatusCode::kUnauthenticated, Reason::kUnauthorized};
    case 403:
      return {absl::StatusCode::kPermissionDenied, Reason::kUnauthorized};
    case 404:
      return {absl::StatusCode::kNotFound, Reason::kNotFound};
    case 429:
      return {absl::StatusCode::kResourceExhausted, Reason::kRateLimited};
    case 408:
    case 499:
      return {absl::StatusCode::kUnavailable, Reason::kRegistryError};
    default:
      return {status >= 500 ? absl::StatusCode::kUnavailable : absl::StatusCode::kFailedPrecondition,
              Reason::kRegistryError};
  }
}

std::string_view Advice(int status) {
  switch (status) {
    case 401:
      return "log in with helm registry login or docker login, or check the repository's name";
    case 403:
      return "these credentials may not read it, or it does not exist";
    default:
      return "";
  }
}

}  // namespace

std::string Redact(std::string_view text, size_t max_bytes) {
  // Much more than is shown, since cutting before redacting could cut a token into something that no longer
  // looks like one; what is left over is cut by Printable.
  text = text.substr(0, 16 * max_bytes);
  std::string out;
  std::string_view before;
  while (!text.empty()) {
    const auto end = std::find_if(text.begin(), text.end(), EndsWord);
    const std::string_view word = text.substr(0, end - text.begin());
    out += RedactWord(word, before);
    if (!word.empty()) before = word;
    text.remove_prefix(word.size());
    if (!text.empty()) {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return Printable(FromAbsl(absl::StripAsciiWhitespace(out)), max_bytes);
}

absl::Status ErrorFromResponse(std::string_view where, const net::HttpResponse& response) {
  return ErrorFromResponse(where, response, Advice(response.status));
}

absl::Status ErrorFromResponse(std::string_view where, const net::HttpResponse& response,
                               std::string_view advice) {
  const auto [code, reason] = Meaning(response.status);
  const std::string details = Details(response.body);
  const std::string text =
      Cat(where, ": the registry answered ", response.status, details.empty() ? "" : ": ", details,
          advice.empty() ? "" : " (", advice, advice.empty() ? "" : ")");
  return WithReason(absl::Status(code, text), reason);
}

std::vector<std::string> ErrorCodes(const net::HttpResponse& response) {
  std::vector<std::string> codes;
  const auto errors = ErrorsIn(response.body);
  if (!errors.has_value()) return codes;
  for (const Node& error : *errors) {
    if (codes.size() == kShownErrors) break;
    codes.push_back(Printable(error.StringOr("code"), 64));
  }
  return codes;
}

}  // namespace chartseal::oci
