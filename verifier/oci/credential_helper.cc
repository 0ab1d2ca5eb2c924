#include "verifier/oci/credential_helper.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/net/clock.h"
#include "verifier/oci/child_process.h"

namespace chartseal::oci {
namespace {

// What the reference implementation of helpers prints on standard output when it has nothing to say.
constexpr std::string_view kNotFound = "credentials not found in native keychain";

absl::Status Unusable(std::string_view program, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(Cat("credential helper ", program, ": ", what)),
                    Reason::kCredentialsUnusable);
}

bool IsHelperName(std::string_view name) {
  const auto fits = [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits);
}

// Directories that are not absolute are passed over: what runs must not depend on where we were started.
absl::StatusOr<std::string> FindProgram(const std::string& program, std::string_view search_path) {
  for (const absl::string_view directory : absl::StrSplit(ToAbsl(search_path), ':')) {
    const std::string candidate = Cat(directory, "/", program);
    if (candidate.front() == '/' && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Unusable(program, "not found in PATH; install it, or take it out of the credential file");
}

absl::StatusOr<Credential> ReadReply(const std::string& program, std::string_view output) {
  const auto reply = ParseJson(output, program, {.max_bytes = limits::kMaxHelperOutputBytes});
  if (!reply.ok() || !reply->is_map()) return Unusable(program, "its answer is not a JSON object");
  const std::string_view user = reply->StringOr("Username");
  Secret secret((std::string(reply->StringOr("Secret"))));
  if (user.empty() && secret.empty()) return Credential();
  if (user.empty() || secret.empty()) return Unusable(program, "its answer lacks Username or Secret");
  if (user == "<token>") return Credential{.identity_token = std::move(secret)};
  return Credential{.username = std::string(user), .password = std::move(secret)};
}

}  // namespace

absl::StatusOr<Credential> RunCredentialHelper(std::string_view name, std::string_view server,
                                               std::string_view search_path, absl::Time deadline) {
  if (!IsHelperName(name)) return Unusable(Printable(name), "the name is not [A-Za-z0-9._-]");
  const std::string program = Cat("docker-credential-", name);
  ASSIGN_OR_RETURN(const std::string path, FindProgram(program, search_path));
  const absl::Duration allowed = std::min(deadline - net::SystemClock()(), limits::kMaxHelperTime);
  const auto child = RunChild(path, {"get"}, Cat(server, "\n"), limits::kMaxHelperOutputBytes, allowed);
  if (!child.ok()) return Unusable(program, Message(child.status()));
  if (child->exit_code == 0) return ReadReply(program, child->output);
  if (child->output.find(kNotFound) != std::string::npos) return Credential();
  return Unusable(program, Cat("exited with ", child->exit_code));
}

}  // namespace chartseal::oci
