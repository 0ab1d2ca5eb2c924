#include "publisher/signing/token_provider.h"

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/net/dial_policy.h"

namespace chartseal::publisher {
namespace {

constexpr ServiceKind Provider(std::string_view name) {
  return {name, Reason::kTokenProviderFailed, limits::kTokenTime};
}
constexpr ServiceKind kBuildkite = Provider("Buildkite's agent API");
constexpr ServiceKind kGithub = Provider("GitHub Actions");
constexpr ServiceKind kGoogle = Provider("GCP metadata server");

constexpr std::string_view kAudience = "sigstore";
constexpr int kGithubTries = 3;
constexpr absl::Duration kGithubPause = absl::Seconds(1);

// The text at `member` of a JSON answer. What a parser says about the answer is left out: it may quote it.
absl::StatusOr<oci::Secret> TokenIn(const ServiceKind& kind, const net::Url& url, std::string_view body,
                                    std::string_view member) {
  const auto answer =
      ParseJson(body, "answer", {.max_bytes = limits::kMaxServiceAnswerBytes, .max_nodes = 1000});
  if (!answer.ok() || !answer->is_map()) return BadAnswer(kind, url, "its answer is no JSON object");
  const std::string_view token = answer->StringOr(member);
  if (token.empty()) return BadAnswer(kind, url, Cat("its answer has no \"", member, "\""));
  return oci::Secret(std::string(token));
}

// A secret goes in the clear to this machine only.
absl::Status CheckConfidential(const ServiceKind& kind, const net::Url& url) {
  if (url.is_https() || net::ClassifyHost(url.host()) == net::AddressClass::kLoopback)
    return absl::OkStatus();
  return BadAnswer(kind, url,
                   "the URL is neither https nor on this machine, and a secret would be sent to it");
}

absl::StatusOr<oci::Secret> AskGithub(const ServiceCaller& caller, const ServiceRequest& request,
                                      absl::Time deadline, bool& retriable) {
  retriable = true;
  ASSIGN_OR_RETURN(const net::HttpResponse response, CallServiceOnce(caller, kGithub, request, deadline));
  if (response.ok()) return TokenIn(kGithub, request.url, response.body, "value");
  retriable = IsRetriableAnswer(response);
  return ServiceError(kGithub, request, response, "does the job have 'permissions: id-token: write'?");
}

}  // namespace

absl::StatusOr<oci::Secret> BuildkiteToken(const ServiceCaller& caller, const std::string& endpoint,
                                           const std::string& job, const oci::Secret& access_token,
                                           absl::Time deadline) {
  const std::string path = Cat("/jobs/", net::PercentEncode(job), "/oidc/tokens");
  ASSIGN_OR_RETURN(const net::Url url, ServiceUrl(kBuildkite, endpoint, path));
  RETURN_IF_ERROR(CheckConfidential(kBuildkite, url));
  const std::string body = WriteJson(Node::MakeMap().Set("audience", kAudience));
  const ServiceRequest request = {.url = url,
                                  .content_type = "application/json",
                                  .bearer = access_token,
                                  .authorization = "Token",
                                  .body = body};
  ASSIGN_OR_RETURN(const net::HttpResponse response, CallService(caller, kBuildkite, request, deadline));
  if (!response.ok()) return ServiceError(kBuildkite, request, response, "may this job have OIDC tokens?");
  return TokenIn(kBuildkite, url, response.body, "token");
}

absl::StatusOr<oci::Secret> GithubToken(const ServiceCaller& caller, const std::string& url,
                                        const oci::Secret& request_token, absl::Time deadline) {
  ASSIGN_OR_RETURN(const net::Url base, ServiceUrl(kGithub, url, ""));
  RETURN_IF_ERROR(CheckConfidential(kGithub, base));
  const std::string_view separator = base.query().empty() ? "" : "&";
  ASSIGN_OR_RETURN(const net::Url asked,
                   base.WithQuery(Cat(base.query(), separator, "audience=", kAudience)));
  const ServiceRequest request = {
      .method = "GET", .url = asked, .bearer = request_token, .authorization = "bearer"};
  for (int attempt = 1;; ++attempt) {
    bool retriable = false;
    auto token = AskGithub(caller, request, deadline, retriable);
    const bool last = attempt == kGithubTries || caller.clock() + kGithubPause >= deadline;
    if (token.ok() || !retriable || last) return token;
    caller.sleeper(kGithubPause);
  }
}

absl::StatusOr<oci::Secret> GoogleToken(const ServiceCaller& caller, const std::string& metadata_url,
                                        absl::Time deadline) {
  constexpr std::string_view kPath = "/computeMetadata/v1/instance/service-accounts/default/identity";
  ASSIGN_OR_RETURN(const net::Url base, ServiceUrl(kGoogle, metadata_url, kPath));
  ASSIGN_OR_RETURN(const net::Url url, base.WithQuery(Cat("audience=", kAudience, "&format=full")));
  const ServiceRequest request = {
      .method = "GET", .url = url, .accept = "*/*", .headers = {{"Metadata-Flavor", "Google"}}};
  ASSIGN_OR_RETURN(const net::HttpResponse response, CallService(caller, kGoogle, request, deadline));
  // Something else that answers at this name, a proxy for one, does not send it back.
  if (response.headers.Get("Metadata-Flavor") != "Google") {
    return BadAnswer(kGoogle, request.url,
                     "what answered is no metadata server (no 'Metadata-Flavor: Google')");
  }
  if (!response.ok()) {
    return ServiceError(kGoogle, request, response, "does this machine have a default service account?");
  }
  return oci::Secret(std::string(FromAbsl(absl::StripAsciiWhitespace(response.body))));
}

}  // namespace chartseal::publisher
