#include "verifier/oci/credentials.h"

#include <cstdlib>

namespace chartseal::oci {
namespace {

class Anonymous : public CredentialSource {
 public:
  absl::StatusOr<Credential> ForHost(std::string_view, absl::Time) override { return Credential(); }
};

class Fixed : public CredentialSource {
 public:
  Fixed(std::string host, Credential credential, std::shared_ptr<CredentialSource> otherwise)
      : host_(std::move(host)), credential_(std::move(credential)), otherwise_(std::move(otherwise)) {}

  absl::StatusOr<Credential> ForHost(std::string_view host, absl::Time deadline) override {
    return ForRepository(host, "", deadline);
  }

  absl::StatusOr<Credential> ForRepository(std::string_view host, std::string_view repository,
                                           absl::Time deadline) override {
    if (host == host_) return credential_;
    return otherwise_->ForRepository(host, repository, deadline);
  }

 private:
  std::string host_;
  Credential credential_;
  std::shared_ptr<CredentialSource> otherwise_;
};

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Below(const std::string& directory, const char* rest) {
  return directory.empty() ? "" : directory + rest;
}

// helm's own order: $HELM_REGISTRY_CONFIG, $HELM_CONFIG_HOME, $XDG_CONFIG_HOME/helm, ~/.config/helm.
std::string HelmFile() {
  if (const std::string file = Variable("HELM_REGISTRY_CONFIG"); !file.empty()) return file;
  std::string home = Variable("HELM_CONFIG_HOME");
  if (home.empty()) home = Below(Variable("XDG_CONFIG_HOME"), "/helm");
  if (home.empty()) home = Below(Variable("HOME"), "/.config/helm");
  return Below(home, "/registry/config.json");
}

std::string DockerFile() {
  std::string home = Variable("DOCKER_CONFIG");
  if (home.empty()) home = Below(Variable("HOME"), "/.docker");
  return Below(home, "/config.json");
}

}  // namespace

std::shared_ptr<CredentialSource> AnonymousCredentials() { return std::make_shared<Anonymous>(); }

std::shared_ptr<CredentialSource> FixedCredential(std::string host, Credential credential,
                                                  std::shared_ptr<CredentialSource> otherwise) {
  return std::make_shared<Fixed>(std::move(host), std::move(credential), std::move(otherwise));
}

CredentialFileOptions DefaultCredentialFiles(std::string_view registry_config) {
  CredentialFileOptions options = {.helper_path = Variable("PATH")};
  if (!registry_config.empty()) {
    options.files.emplace_back(registry_config);
    return options;
  }
  for (std::string file : {HelmFile(), DockerFile()}) {
    if (!file.empty()) options.files.push_back(std::move(file));
  }
  return options;
}

}  // namespace chartseal::oci
