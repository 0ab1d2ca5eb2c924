#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/secret.h"

// Who we are to a registry (spec/helm-oci-kubernetes.md §2.5): the files that docker and helm write, and the
// helper programs they name.
namespace chartseal::oci {

// At most one of the three ways is set; all empty means anonymous.
struct Credential {
  std::string username;
  Secret password;        // with username: Basic
  Secret identity_token;  // OAuth2 refresh token for the token service
  Secret registry_token;  // sent to the registry as a Bearer token as it is

  bool anonymous() const { return username.empty() && identity_token.empty() && registry_token.empty(); }
};

// Where credentials come from. Thread-safe.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // For a registry host as in Reference::host(); anonymous when nothing is known of it. FailedPrecondition
  // with Reason::kCredentialsUnusable when a file or helper cannot be used; DeadlineExceeded.
  virtual absl::StatusOr<Credential> ForHost(std::string_view host, absl::Time deadline) = 0;

  // For one repository of a registry (as in Reference::repository()), where a source tells them apart, as
  // Kubernetes pull secrets do. Errors as ForHost().
  virtual absl::StatusOr<Credential> ForRepository(std::string_view host, std::string_view repository,
                                                   absl::Time deadline) {
    (void)repository;
    return ForHost(host, deadline);
  }
};

// No credentials at all.
std::shared_ptr<CredentialSource> AnonymousCredentials();

// One credential for one host (--username, --password-stdin); other hosts are asked of `otherwise`.
std::shared_ptr<CredentialSource> FixedCredential(std::string host, Credential credential,
                                                  std::shared_ptr<CredentialSource> otherwise);

struct CredentialFileOptions {
  // Read in order; the first that knows the host wins. A file that is not there is passed over.
  std::vector<std::string> files;
  // Directories searched for docker-credential-<name>; the value of PATH.
  std::string helper_path;
};

// The files of --registry-config FILE or, when that is empty, of helm and docker: $HELM_REGISTRY_CONFIG (or
// helm's default place), $DOCKER_CONFIG/config.json (or ~/.docker/config.json).
CredentialFileOptions DefaultCredentialFiles(std::string_view registry_config = "");

// Reads the files at each call, so that rotated credentials are seen.
std::shared_ptr<CredentialSource> CredentialFiles(CredentialFileOptions options);

}  // namespace chartseal::oci
