#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/oci/credentials.h"

namespace chartseal::oci {

// What one credential file says about a host: a credential, or the helper program to ask and the name to ask
// it for.
struct StoredCredential {
  Credential credential;
  std::string helper;  // "pass" for docker-credential-pass; empty when `credential` is the answer
  std::string server;  // what the helper knows the host as
};

// Finds `host` in the text of a credential file: {"auths":{HOST:{auth | username, password | identitytoken |
// registrytoken}},"credHelpers":{HOST:NAME},"credsStore":NAME} (spec/helm-oci-kubernetes.md §2.5). A
// helper for the host goes first, then what the file itself holds, then the store. Keys
// match with and without scheme and path; Docker Hub goes by https://index.docker.io/v1/. nullopt when the
// file knows nothing of the host. FailedPrecondition/kCredentialsUnusable when it cannot be read; the message
// holds no values.
//
// Among the keys of a host, one with a path that `repository` begins with goes before the others, the longest
// first ("ghcr.io/acme", as podman and kubelet read it); an empty repository begins with none.
absl::StatusOr<std::optional<StoredCredential>> FindCredential(std::string_view text, std::string_view host,
                                                               std::string_view where,
                                                               std::string_view repository = "");

// One member of "auths". Errors as FindCredential(); `where` names the member.
absl::StatusOr<Credential> ReadCredential(const Node& entry, std::string_view where);

// Whether the host is one of Docker Hub's names, which all mean the same.
bool IsDockerHub(std::string_view host);

}  // namespace chartseal::oci
