#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/command.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/github.h"
#include "tests/sandbox/registry.h"
#include "tests/sandbox/signing_services.h"
#include "tests/sandbox/trusted_root_file.h"

namespace chartseal::cli {

// The program, a chart app 1.2.3 in a directory, and everything that a release needs on loopback: a registry,
// a Sigstore and GitHub with releases of acme/app.
class ReleaseWorld : public ::testing::Test {
 protected:
  ReleaseWorld() {
    Chart("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: \"9.9\"\n");
    Chart("values.yaml", "replicas: 1\n");
    Chart("templates/cm.yaml", "kind: ConfigMap\n");
    command_.SetVariable("SOURCE_DATE_EPOCH", "1700000000");
    command_.SetVariable("GITHUB_API_URL", github_->url());
    command_.SetVariable("GITHUB_TOKEN", sandbox::GithubOptions().token);
    command_.SetVariable("GITHUB_OUTPUT", outputs_);
    command_.SetVariable("GITHUB_STEP_SUMMARY", summary_);
  }

  void Chart(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories(std::filesystem::path(chart_ + "/" + name).parent_path());
    command_.File("app/" + name, bytes);
  }

  // "127.0.0.1:PORT/PARENT/app", where a publish to oci://HOST/PARENT puts the chart.
  std::string Repository(const std::string& parent) const {
    return Cat(registry_->host(), "/", parent, "/app");
  }

  // A publish to oci://HOST/PARENT; with a tag, mirrored to that release of acme/app.
  std::vector<std::string> Publishing(const std::string& parent, const std::string& release_tag = "") const {
    std::vector<std::string> words = {"publish",
                                      chart_,
                                      Cat("oci://", registry_->host(), "/", parent),
                                      "--trusted-root",
                                      root_,
                                      "--signing-config",
                                      config_,
                                      "--plain-http",
                                      "--identity-token",
                                      command_.File("token", token_)};
    if (!release_tag.empty()) words.insert(words.end(), {"--github-release", "acme/app@" + release_tag});
    return words;
  }
  // What a stranger adds to a verification of what Publishing() publishes.
  std::vector<std::string> Verifying(std::vector<std::string> words, bool registry = true) const {
    words.insert(words.end(), {"--trusted-root", root_, "--certificate-identity", kIdentity,
                               "--certificate-oidc-issuer", services_->urls().oidc});
    if (registry) words.push_back("--plain-http");
    return words;
  }

  static std::string Content(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  std::vector<sandbox::LoopbackServer*> Services() const {
    return {&services_->fulcio_server(), &services_->rekor_v1_server(), &services_->tsa_server()};
  }

  static constexpr char kIdentity[] =
      "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";

  Command command_;
  const std::string chart_ = command_.path("files/app");
  const std::string outputs_ = command_.File("outputs", "");
  const std::string summary_ = command_.File("summary", "");
  sandbox::Sigstore sigstore_;
  std::unique_ptr<sandbox::SigningServices> services_ = sandbox::SigningServices::Start(sigstore_).value();
  std::unique_ptr<sandbox::Registry> registry_ = sandbox::Registry::Start().value();
  std::unique_ptr<sandbox::Github> github_ = sandbox::Github::Start().value();
  const std::string root_ = command_.File("root.json", sandbox::TrustedRootJson(sigstore_));
  const std::string config_ =
      command_.File("signing.json", sandbox::SigningConfigJson(services_->urls(), sigstore_.start()));
  std::string token_ = services_->Token(nlohmann::json::object());
};

}  // namespace chartseal::cli
