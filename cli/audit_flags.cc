#include "cli/audit_flags.h"

#include <CLI/CLI.hpp>
#include <map>

#include "audit/cluster_policies.h"
#include "verifier/base/status.h"
#include "verifier/oci/credentials.h"

namespace chartseal::cli {
namespace {

const std::map<std::string, policy::NoMatch>& NoMatches() {
  static const auto* const names = new std::map<std::string, policy::NoMatch>{
      {"deny", policy::NoMatch::kDeny}, {"warn", policy::NoMatch::kWarn}, {"allow", policy::NoMatch::kAllow}};
  return *names;
}

}  // namespace

void RegistriesFlags::AddTo(CLI::App& app, const std::string& each) {
  constexpr char kGroup[] = "Registries";
  app.add_option("--plain-http-registry", plain_http,
                 "Registry to speak plain HTTP to; repeat for several (never done unasked)")
      ->type_name("HOST")
      ->allow_extra_args(false)
      ->group(kGroup);
  app.add_option("--ca-file", ca_file, "PEM file with the certificate authorities to trust for TLS")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--registry-config", registry_config, "Credential file (default: helm's, then docker's)")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--timeout", timeout, "Time allowed for each " + each + ", e.g. 30s")
      ->type_name("DURATION")
      ->group(kGroup)
      ->capture_default_str();
}

absl::StatusOr<std::shared_ptr<oci::RegistryClient>> RegistriesFlags::MakeClient() const {
  oci::RegistryOptions options;
  options.plain_http_hosts = {plain_http.begin(), plain_http.end()};
  options.ca_file = ca_file;
  options.credentials = oci::CredentialFiles(oci::DefaultCredentialFiles(registry_config));
  return oci::RegistryClient::Create(std::move(options));
}

absl::StatusOr<absl::Duration> RegistriesFlags::TimeForEach() const {
  return ParseTimeout("--timeout", timeout);
}

void PolicyFlags::AddTo(CLI::App& app) {
  constexpr char kGroup[] = "Who must have signed";
  app.add_option(
         "--policy", files,
         "VerificationPolicy file; repeat for several (default: the VerificationPolicy objects of the "
         "cluster)")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(kGroup);
  app.add_option("--no-match", no_match,
                 "What becomes of what no policy covers (default: what the policies say, else deny)")
      ->option_text("deny|warn|allow")
      ->check(CLI::IsMember({"deny", "warn", "allow"}))
      ->group(kGroup);
}

absl::StatusOr<policy::PolicySet> PolicyFlags::Load(const audit::Cluster& cluster) const {
  policy::PolicySet policies;
  if (files.empty()) {
    ASSIGN_OR_RETURN(policies, audit::ReadClusterPolicies(cluster));
  } else {
    ASSIGN_OR_RETURN(policies, ReadPolicyFiles(files));
  }
  if (!no_match.empty()) policies.no_match = NoMatches().at(no_match);
  return policies;
}

}  // namespace chartseal::cli
