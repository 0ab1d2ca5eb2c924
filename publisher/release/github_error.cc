#include "publisher/release/github_error.h"

#include <string>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_error.h"

namespace chartseal::publisher {
namespace {

constexpr size_t kShownBytes = 300;  // of the server's own words

// A server, or a proxy before it, that quotes what it was sent would put the token into our message.
std::string Words(std::string_view said) { return oci::Redact(said, kShownBytes); }

struct ErrorText {
  std::string text;  // "Validation Failed (already_exists name)"
  bool already_exists = false;
};

ErrorText ReadError(const net::HttpResponse& response) {
  ErrorText error{.text = Cat("HTTP ", response.status)};
  const auto node = ParseJson(response.body, "error", {.max_bytes = limits::kMaxErrorBodyBytes});
  if (!node.ok()) return error;
  const std::string_view message = node->StringOr("message");
  if (!message.empty()) error.text += Cat(", ", Words(message));
  const Node* errors = node->Find("errors");
  if (errors == nullptr || !errors->is_list()) return error;
  for (const Node& entry : errors->list()) {
    const std::string_view code = entry.StringOr("code");
    error.already_exists = error.already_exists || code == "already_exists";
    const std::string_view text = entry.StringOr("message", code);
    if (!text.empty()) error.text += Cat(" (", Words(text), ")");
  }
  return error;
}

bool IsRateLimit(const net::HttpResponse& response) {
  if (response.status == 429) return true;
  return response.status == 403 &&
         (response.headers.Get("X-RateLimit-Remaining") == "0" || response.headers.Has("Retry-After"));
}

}  // namespace

absl::Status GithubError(absl::StatusCode code, std::string_view what, std::string_view found,
                         std::string_view next) {
  const std::string text = Cat("github: ", what, ": ", found, next.empty() ? "" : "; next: ", next);
  return WithReason(absl::Status(code, text), Reason::kGithubFailed);
}

absl::Status ErrorOfAnswer(const net::HttpResponse& response, std::string_view what, bool with_token) {
  const ErrorText error = ReadError(response);
  const auto with = [&](absl::StatusCode code, std::string_view next) {
    return GithubError(code, what, error.text, next);
  };
  if (IsRateLimit(response)) {
    return with(absl::StatusCode::kResourceExhausted, "wait until GitHub's rate limit is over and run again");
  }
  switch (response.status) {
    case 401:
      return with(absl::StatusCode::kUnauthenticated, "set GITHUB_TOKEN to a token that is still valid");
    case 403:
      return with(absl::StatusCode::kPermissionDenied,
                  "the token needs the permission contents: write of this repository");
    case 404:
      return with(absl::StatusCode::kNotFound,
                  with_token ? "check owner, repository and tag, and that the token may see the repository"
                             : "check owner, repository and tag; a private one needs GITHUB_TOKEN");
    case 422:
      if (error.already_exists) return with(absl::StatusCode::kAlreadyExists, "");
      return with(absl::StatusCode::kFailedPrecondition,
                  "a release that was made immutable takes no assets; create the release as a draft");
    default:
      break;
  }
  if (response.status >= 500) return with(absl::StatusCode::kUnavailable, "run again");
  return with(absl::StatusCode::kFailedPrecondition, "check that the API URL is that of a GitHub server");
}

}  // namespace chartseal::publisher
