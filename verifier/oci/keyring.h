#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/oci/credentials.h"

// Pull secrets as kubelet reads and applies them (Kubernetes documentation, "Images", "Interpretation of
// config.json"): a key of "auths" may be a host, with a port or a glob in its parts, and a path that the
// repository begins with.
namespace chartseal::oci {

struct KeyringEntry {
  std::string host;  // lower case; "*" and "?" stand for anything and for one character between two dots
  std::string path;  // "/acme" of "ghcr.io/acme"; empty for all of a registry
  Credential credential;
};

// The "auths" of a secret of type kubernetes.io/dockerconfigjson. Credential helpers and stores that it names
// are not used: they would run where we run. FailedPrecondition/kCredentialsUnusable when it cannot be read;
// the message holds no values.
absl::StatusOr<std::vector<KeyringEntry>> ReadDockerConfigJson(std::string_view text, std::string_view where);

// The same for the older kubernetes.io/dockercfg: what is in "auths" there is all there is.
absl::StatusOr<std::vector<KeyringEntry>> ReadDockercfg(std::string_view text, std::string_view where);

// Immutable; const access is thread-safe.
class Keyring {
 public:
  // Earlier entries go before later ones that are as specific.
  explicit Keyring(std::vector<KeyringEntry> entries);

  // What can be tried for a repository, the most specific first: longer paths, then hosts without globs.
  // `host` and `repository` as in Reference.
  std::vector<Credential> For(std::string_view host, std::string_view repository) const;

  bool empty() const { return entries_.empty(); }

  // SHA-256 over everything in it, in hexadecimal: the same for the same credentials. Shows nothing of them.
  std::string Fingerprint() const;

 private:
  std::vector<KeyringEntry> entries_;  // in the order in which they are tried
};

}  // namespace chartseal::oci
