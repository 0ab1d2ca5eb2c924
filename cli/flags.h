#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/reference.h"
#include "verifier/oci/registry_client.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"

namespace CLI {
class App;
}

// Flags that several subcommands share, and what they mean. Names are cosign's and helm's (design §5).
namespace chartseal::cli {

// A mistake in the flags: exit code 2. Everything else that fails is "could not tell".
absl::Status UsageError(std::string_view what);
bool IsUsageError(const absl::Status& status);

struct IdentityFlags {
  std::string identity;
  std::string identity_regexp;
  std::string issuer;
  std::string issuer_regexp;
  std::string key_file;
  std::string signature_scheme;

  void AddTo(CLI::App& app);
  bool Any() const;
  // One authority that says what the flags say. Usage error when neither a key nor identity and issuer are
  // given.
  absl::StatusOr<policy::Authority> ToAuthority() const;
};

struct TrustFlags {
  std::string trusted_root_file;

  void AddTo(CLI::App& app);
  // The file's root, or the embedded public-good root.
  absl::StatusOr<std::shared_ptr<const sigstore::TrustedRoot>> Load() const;
};

struct RegistryFlags {
  bool plain_http = false;
  std::string ca_file;
  std::string username;
  bool password_stdin = false;
  std::string registry_config;
  std::string timeout = "60s";

  void AddTo(CLI::App& app);
  // What a client needs to speak to the hosts of `references`. Reads the password from standard input when it
  // is to come from there: call once.
  absl::StatusOr<oci::RegistryOptions> ToOptions(const std::vector<oci::Reference>& references) const;
  // A client that speaks to the hosts of `references`; --plain-http and --username are for these hosts only.
  absl::StatusOr<std::shared_ptr<oci::RegistryClient>> MakeClient(
      const std::vector<oci::Reference>& references) const;
  // Now plus --timeout.
  absl::StatusOr<absl::Time> Deadline() const;
};

// What a flag allows: more than nothing, such as "30s". Else a usage error that names the flag.
absl::StatusOr<absl::Duration> ParseTimeout(std::string_view flag, const std::string& text);

// The VerificationPolicies of all files together. Errors of ReadFile() and policy::ParsePolicyFiles().
absl::StatusOr<policy::PolicySet> ReadPolicyFiles(const std::vector<std::string>& files);

enum class OutputFormat { kText, kJson };
// Adds --output text|json.
void AddOutputFlag(CLI::App& app, OutputFormat& format);

// Parses REF arguments; a malformed one is a usage error.
absl::StatusOr<std::vector<oci::Reference>> ParseReferences(const std::vector<std::string>& texts);

}  // namespace chartseal::cli
