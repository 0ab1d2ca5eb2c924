#include "publisher/push/write_step.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_error.h"

namespace chartseal::publisher {
namespace {

bool IsGithub(std::string_view host) { return host == "ghcr.io" || host == "docker.pkg.github.com"; }

bool IsAmazon(std::string_view host) {
  return host == "public.ecr.aws" || (host.find(".dkr.ecr") != std::string_view::npos &&
                                      host.find(".amazonaws.com") != std::string_view::npos);
}

std::string_view AdviceOnAccess(int status, std::string_view host) {
  if (IsGithub(host)) {
    return "the token needs the permission packages: write, and a package that exists already must admit the "
           "repository that the token is from (package settings, Manage Actions access)";
  }
  if (status == 401) {
    return "log in with helm registry login or docker login as somebody who may write to the repository";
  }
  return "these credentials may not write to the repository; they need push access (in Harbor the role "
         "Developer of the project)";
}

std::string_view AdviceOnAbsence(std::string_view host) {
  if (IsAmazon(host)) return "create the repository first, Amazon ECR does not do it on push";
  if (IsGithub(host)) return AdviceOnAccess(403, host);
  return "create the repository, or in Harbor its project, before pushing; registries also say this to "
         "credentials without write access";
}

// What whoever pushes can do (spec/helm-oci-kubernetes.md §3.6).
std::string_view Advice(int status, std::string_view host) {
  switch (status) {
    case 401:
    case 403:
      return AdviceOnAccess(status, host);
    case 404:
      return AdviceOnAbsence(host);
    case 405:
      return "the registry, or a proxy before it, is read-only; push to the registry behind it";
    case 413:
      return "the registry, or a proxy before it, takes nothing of this size";
    default:
      return "";
  }
}

}  // namespace

absl::StatusOr<oci::ExchangeResult> WriteStep::Send(const WriteRequest& request) const {
  auto result = transport_.Send(
      {.repository = repository_,
       .url = request.url,
       .deadline = deadline_,
       .method = request.method,
       .headers = request.headers,
       .body = request.body,
       .max_body_bytes = request.max_body_bytes == 0 ? limits::kMaxErrorBodyBytes : request.max_body_bytes,
       .push = true,
       .named_scope = request.named_scope,
       .retry = request.retry});
  if (!result.ok()) return Annotate(result.status(), where_);
  return result;
}

absl::Status WriteStep::Refused(const net::HttpResponse& response) const {
  return oci::ErrorFromResponse(where_, response, Advice(response.status, repository_.host()));
}

absl::Status WriteStep::Failed(std::string_view what) const {
  return WithReason(absl::FailedPreconditionError(Cat(where_, ": ", what)), Reason::kRegistryError);
}

absl::Status WriteStep::CheckContentDigest(const net::HttpResponse& response,
                                           const crypto::Digest& digest) const {
  const auto said = crypto::Digest::Parse(response.headers.Get("Docker-Content-Digest"));
  // Digests of other algorithms and texts that are none say nothing about these bytes.
  if (!said.ok() || said->algorithm() != digest.algorithm() || *said == digest) return absl::OkStatus();
  const std::string text = Cat(where_, ": the registry stored other content than it was sent: expected ",
                               digest.ToString(), ", found ", said->ToString(),
                               "; a registry or proxy that rewrites content cannot hold what is signed");
  return WithReason(absl::DataLossError(text), Reason::kDigestMismatch);
}

bool Mentions(const net::HttpResponse& response, std::string_view words) {
  return absl::StrContains(absl::AsciiStrToLower(response.body), ToAbsl(words));
}

}  // namespace chartseal::publisher
