#include "absl/strings/match.h"
#include "publisher/signing/identity_token.h"
#include "publisher/signing/token_provider.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

// A token that was found, or nullopt when this source is not there.
using Found = absl::StatusOr<std::optional<oci::Secret>>;

std::string Variable(const TokenSources& sources, const char* name) {
  return sources.environment ? sources.environment(name).value_or("") : "";
}

ServiceCaller CallerOf(const TokenSources& sources) { return {sources.http, sources.clock, sources.sleeper}; }

Found Wrap(absl::StatusOr<oci::Secret> token) {
  RETURN_IF_ERROR(token.status());
  return *std::move(token);
}

std::string_view WhyUnreadable(const absl::Status& status) {
  if (absl::IsNotFound(status)) return "there is no such file";
  return absl::IsPermissionDenied(status) ? "it may not be read" : "it cannot be read";
}

// The value is never shown: a token that was mangled would be taken for the name of a file.
Found Given(const TokenSources& sources) {
  const std::string& given = sources.given;
  if (given.empty()) return std::nullopt;
  auto content = ReadFile(given, limits::kMaxIdentityTokenBytes);
  if (content.ok()) return oci::Secret(*std::move(content));
  const bool is_path = absl::StrContains(given, '/') || !absl::StrContains(given, '.');
  if (!is_path) return oci::Secret(given);
  return Malformed(Reason::kTokenUnusable, "the given identity token",
                   Cat("neither a JWT nor a file that holds one: ", WhyUnreadable(content.status())));
}

Found Buildkite(const TokenSources& sources, absl::Time deadline) {
  const oci::Secret access_token(Variable(sources, "BUILDKITE_AGENT_ACCESS_TOKEN"));
  const std::string job = Variable(sources, "BUILDKITE_JOB_ID");
  if (access_token.empty() || job.empty()) return std::nullopt;
  std::string endpoint = Variable(sources, "BUILDKITE_AGENT_ENDPOINT");
  if (endpoint.empty()) endpoint = "https://agent.buildkite.com/v3";
  return Wrap(BuildkiteToken(CallerOf(sources), endpoint, job, access_token, deadline));
}

Found EnvironmentVariable(const TokenSources& sources) {
  std::string token = Variable(sources, "SIGSTORE_ID_TOKEN");
  if (token.empty()) return std::nullopt;
  return oci::Secret(std::move(token));
}

Found TokenFile(const TokenSources& sources) {
  if (sources.token_file.empty()) return std::nullopt;
  auto content = ReadFile(sources.token_file, limits::kMaxIdentityTokenBytes);
  if (content.ok()) return oci::Secret(*std::move(content));
  if (absl::IsNotFound(content.status())) return std::nullopt;
  return WithReason(content.status(), Reason::kTokenProviderFailed);
}

Found Github(const TokenSources& sources, absl::Time deadline) {
  const std::string url = Variable(sources, "ACTIONS_ID_TOKEN_REQUEST_URL");
  const oci::Secret request_token(Variable(sources, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
  if (url.empty() || request_token.empty()) return std::nullopt;
  return Wrap(GithubToken(CallerOf(sources), url, request_token, deadline));
}

// Asking for a metadata server where there is none would cost a name look-up that may hang.
bool IsOnGoogleCloud(const TokenSources& sources) {
  constexpr size_t kProductNameBytes = 4096;
  const auto name = ReadFile(sources.machine_file, kProductNameBytes);
  return name.ok() && name->starts_with("Google");
}

Found Google(const TokenSources& sources, absl::Time deadline) {
  const std::string host = Variable(sources, "GCE_METADATA_HOST");
  if (host.empty() && !IsOnGoogleCloud(sources)) return std::nullopt;
  return Wrap(
      GoogleToken(CallerOf(sources), host.empty() ? sources.metadata_url : Cat("http://", host), deadline));
}

absl::Status NoSource(const TokenSources& sources) {
  // The likeliest reason of all, and the message of GitHub Actions' own tools does not name it.
  const bool on_github = Variable(sources, "GITHUB_ACTIONS") == "true";
  const std::string_view hint =
      on_github ? ": this GitHub Actions job needs 'permissions: id-token: write'" : "";
  const std::string text = Cat(
      "no identity token to sign with", hint,
      ". Looked for, in this order: --identity-token; a Buildkite job; the variable SIGSTORE_ID_TOKEN; the "
      "file ",
      sources.token_file,
      "; a GitHub Actions job with 'permissions: id-token: write'; the metadata server of a machine on GCP. "
      "Or sign with a key (--key)");
  return WithReason(absl::FailedPreconditionError(text), Reason::kTokenMissing);
}

struct Source {
  std::string_view name;
  std::function<Found()> find;
};

}  // namespace

absl::StatusOr<IdentityToken> ObtainToken(const TokenSources& sources, absl::Time deadline) {
  const Source in_order[] = {
      {"--identity-token", [&] { return Given(sources); }},
      {"Buildkite", [&] { return Buildkite(sources, deadline); }},
      {"SIGSTORE_ID_TOKEN", [&] { return EnvironmentVariable(sources); }},
      {sources.token_file, [&] { return TokenFile(sources); }},
      {"GitHub Actions", [&] { return Github(sources, deadline); }},
      {"GCP metadata server", [&] { return Google(sources, deadline); }},
  };
  for (const Source& source : in_order) {
    ASSIGN_OR_RETURN(const std::optional<oci::Secret> found, source.find());
    if (!found.has_value()) continue;
    auto token = IdentityToken::Parse(found->Reveal(), sources.clock());
    if (token.ok()) return token;
    return Annotate(token.status(), source.name);
  }
  return NoSource(sources);
}

}  // namespace chartseal::publisher
