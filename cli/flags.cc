#include "cli/flags.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/credentials.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::cli {
namespace {

constexpr char kUsagePayload[] = "chartseal.dev/usage";

absl::StatusOr<policy::TextMatcher> PatternOf(const std::string& pattern, std::string_view flag) {
  auto regexp = policy::Regexp::Compile(pattern);
  if (!regexp.ok()) return UsageError(Cat(flag, ": ", Message(regexp.status())));
  return policy::TextMatcher::Matching(*std::move(regexp));
}

absl::StatusOr<std::vector<policy::TextMatcher>> Matchers(const std::string& exact,
                                                          const std::string& pattern, std::string_view flag) {
  std::vector<policy::TextMatcher> matchers;
  if (!exact.empty()) matchers.push_back(policy::TextMatcher::Exactly(exact));
  if (!pattern.empty()) {
    ASSIGN_OR_RETURN(policy::TextMatcher matcher, PatternOf(pattern, Cat(flag, "-regexp")));
    matchers.push_back(std::move(matcher));
  }
  if (matchers.empty()) {
    return UsageError(Cat("who must have signed? Give ", flag, " or ", flag,
                          "-regexp (and the other of identity and issuer), or --key"));
  }
  return matchers;
}

}  // namespace

absl::Status UsageError(std::string_view what) {
  absl::Status status = absl::InvalidArgumentError(ToAbsl(what));
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

bool IsUsageError(const absl::Status& status) { return status.GetPayload(kUsagePayload).has_value(); }

void IdentityFlags::AddTo(CLI::App& app) {
  constexpr char kGroup[] = "Who must have signed";
  app.add_option("--certificate-identity", identity,
                 "The signer's identity, exactly: a workflow URI or an e-mail address")
      ->type_name("IDENTITY")
      ->group(kGroup);
  app.add_option("--certificate-identity-regexp", identity_regexp,
                 "RE2 expression that the whole identity must match (not only a part, unlike cosign)")
      ->type_name("REGEXP")
      ->group(kGroup);
  app.add_option("--certificate-oidc-issuer", issuer, "Who vouched for the identity, exactly")
      ->type_name("URL")
      ->group(kGroup);
  app.add_option("--certificate-oidc-issuer-regexp", issuer_regexp,
                 "RE2 expression that the whole issuer must match")
      ->type_name("REGEXP")
      ->group(kGroup);
  app.add_option("--key", key_file, "PEM file with the public key, instead of an identity")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--signature-scheme", signature_scheme,
                 "With --key: how the key signs, e.g. rsa-pss-sha256 (default: by the type of key)")
      ->type_name("NAME")
      ->group(kGroup);
}

bool IdentityFlags::Any() const {
  return !identity.empty() || !identity_regexp.empty() || !issuer.empty() || !issuer_regexp.empty() ||
         !key_file.empty() || !signature_scheme.empty();
}

absl::StatusOr<policy::Authority> IdentityFlags::ToAuthority() const {
  policy::Authority authority;
  authority.name = "command-line";
  if (!key_file.empty()) {
    if (!identity.empty() || !identity_regexp.empty() || !issuer.empty() || !issuer_regexp.empty()) {
      return UsageError("--key and the --certificate-… flags exclude each other: a key has no certificate");
    }
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(key_file, limits::kMaxPemBytes));
    ASSIGN_OR_RETURN(authority.key, policy::ReadKey(pem, signature_scheme, key_file));
    return authority;
  }
  if (!signature_scheme.empty()) return UsageError("--signature-scheme goes with --key");
  policy::Identity wanted;
  ASSIGN_OR_RETURN(wanted.subjects, Matchers(identity, identity_regexp, "--certificate-identity"));
  ASSIGN_OR_RETURN(wanted.issuers, Matchers(issuer, issuer_regexp, "--certificate-oidc-issuer"));
  authority.identities.push_back(std::move(wanted));
  return authority;
}

void TrustFlags::AddTo(CLI::App& app) {
  app.add_option("--trusted-root", trusted_root_file,
                 "Sigstore trusted_root.json to trust (default: the embedded public-good root)")
      ->type_name("FILE")
      ->group("Trust");
}

absl::StatusOr<std::shared_ptr<const sigstore::TrustedRoot>> TrustFlags::Load() const {
  if (trusted_root_file.empty()) {
    return std::shared_ptr<const sigstore::TrustedRoot>(&sigstore::PublicGoodRoot(), [](const auto*) {});
  }
  ASSIGN_OR_RETURN(const std::string json, ReadFile(trusted_root_file, limits::kMaxTrustedRootBytes));
  ASSIGN_OR_RETURN(sigstore::TrustedRoot root, sigstore::TrustedRoot::ParseJson(json, trusted_root_file));
  return std::make_shared<const sigstore::TrustedRoot>(std::move(root));
}

void RegistryFlags::AddTo(CLI::App& app) {
  constexpr char kGroup[] = "Registry";
  app.add_flag("--plain-http", plain_http, "Speak plain HTTP to the registry (never done unasked)")
      ->group(kGroup);
  app.add_option("--ca-file", ca_file, "PEM file with the certificate authorities to trust for TLS")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--username", username, "User name for the registry, with --password-stdin")
      ->type_name("NAME")
      ->group(kGroup);
  app.add_flag("--password-stdin", password_stdin, "Read the password from standard input")->group(kGroup);
  app.add_option("--registry-config", registry_config, "Credential file (default: helm's, then docker's)")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--timeout", timeout, "Time allowed for everything, e.g. 30s")
      ->type_name("DURATION")
      ->group(kGroup)
      ->capture_default_str();
}

absl::StatusOr<oci::RegistryOptions> RegistryFlags::ToOptions(
    const std::vector<oci::Reference>& references) const {
  oci::RegistryOptions options;
  options.ca_file = ca_file;
  options.credentials = oci::CredentialFiles(oci::DefaultCredentialFiles(registry_config));
  std::set<std::string> hosts;
  for (const oci::Reference& reference : references) hosts.insert(reference.host());
  if (plain_http) options.plain_http_hosts = hosts;
  if (username.empty() == password_stdin) return UsageError("--username and --password-stdin go together");
  if (!username.empty()) {
    if (hosts.size() != 1) return UsageError("--username is for one registry; the references name several");
    std::string password;
    std::getline(std::cin, password);
    options.credentials = oci::FixedCredential(
        *hosts.begin(), oci::Credential{username, oci::Secret(std::move(password)), {}, {}},
        options.credentials);
  }
  return options;
}

absl::StatusOr<std::shared_ptr<oci::RegistryClient>> RegistryFlags::MakeClient(
    const std::vector<oci::Reference>& references) const {
  ASSIGN_OR_RETURN(oci::RegistryOptions options, ToOptions(references));
  return oci::RegistryClient::Create(std::move(options));
}

absl::StatusOr<absl::Time> RegistryFlags::Deadline() const {
  ASSIGN_OR_RETURN(const absl::Duration allowed, ParseTimeout("--timeout", timeout));
  return absl::Now() + allowed;
}

absl::StatusOr<absl::Duration> ParseTimeout(std::string_view flag, const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration <= absl::ZeroDuration()) {
    return UsageError(Cat(flag, ": expected a duration such as 30s, found \"", Printable(text, 40), "\""));
  }
  return duration;
}

absl::StatusOr<policy::PolicySet> ReadPolicyFiles(const std::vector<std::string>& files) {
  std::vector<policy::PolicyText> texts;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(file, limits::kMaxYamlBytes));
    texts.push_back({file, std::move(text)});
  }
  return policy::ParsePolicyFiles(texts);
}

void AddOutputFlag(CLI::App& app, OutputFormat& format) {
  app.add_option("--output,-o", format, "Output format: text or json")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, OutputFormat>{{"text", OutputFormat::kText}, {"json", OutputFormat::kJson}}))
      ->option_text("text|json");
}

absl::StatusOr<std::vector<oci::Reference>> ParseReferences(const std::vector<std::string>& texts) {
  std::vector<oci::Reference> references;
  for (const std::string& text : texts) {
    auto reference = oci::Reference::Parse(text);
    if (!reference.ok()) return UsageError(Message(reference.status()));
    if (!reference->tag() && !reference->digest()) {
      return UsageError(Cat(Printable(text), ": name a tag or, better, a digest (…@sha256:…)"));
    }
    references.push_back(*std::move(reference));
  }
  return references;
}

}  // namespace chartseal::cli
