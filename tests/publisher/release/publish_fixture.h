#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "publisher/release/publish.h"
#include "tests/sandbox/github.h"
#include "tests/sandbox/registry.h"
#include "tests/sandbox/signing_services.h"
#include "tests/sandbox/temporary_directory.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::publisher {

// What was told of the steps: "begin push", "done push", "failed sign".
class RecordedProgress : public Progress {
 public:
  void Begin(std::string_view step, std::string_view) override {
    step_ = step;
    told.push_back("begin " + step_);
  }
  void Done(std::string_view) override { told.push_back("done " + step_); }
  void Failed(std::string_view) override { told.push_back("failed " + step_); }

  std::vector<std::string> told;

 private:
  std::string step_;
};

// A chart in a directory, and everything that a release needs on loopback: registry, Sigstore, GitHub.
class PublishTest : public ::testing::Test {
 protected:
  PublishTest() {
    Write("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: \"9.9\"\n");
    Write("values.yaml", "replicas: 1\n");
    Write("templates/cm.yaml", "kind: ConfigMap\n");
    StartRegistry({});
    release_ = github_->AddRelease("acme/app", "v9.9");
    root_ = std::make_shared<const sigstore::TrustedRoot>(
        sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(sigstore_), "root").value());
    services_wanted_ = {.fulcio_url = services_->urls().fulcio,
                        .oidc_url = "",
                        .rekor = {{.url = services_->urls().rekor_v1, .version = 1}},
                        .timestamp_urls = {services_->urls().tsa},
                        .other_rekor = {}};
    token_ = [this] { return services_->Token(nlohmann::json::object()); };
  }

  void StartRegistry(sandbox::RegistryOptions options) {
    registry_ = sandbox::Registry::Start(std::move(options)).value();
  }

  void Write(const std::string& name, std::string_view text) const {
    const std::string path = chart_.path() + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  oci::RegistryOptions Registry() const {
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry_->host()};
    options.credentials = oci::AnonymousCredentials();
    options.sleeper = [](absl::Duration) {};
    return options;
  }

  PublishResult Run(PublishOptions options) {
    ServiceCaller caller{.http = net::MakeHttpClient().value(), .sleeper = [](absl::Duration) {}};
    const Signer signer(
        Keyless{.services = services_wanted_,
                .token = [this](absl::Time) { return IdentityToken::Parse(token_(), absl::Now()); }},
        caller, root_);
    RegistryWriter writer(oci::RegistryClient::Create(Registry()).value());
    const PublishMeans means{
        .package = [this] { return MakePackage(chart_.path(), absl::FromUnixSeconds(1'700'000'000)); },
        .writer = writer,
        .signer = signer,
        .foreseen_signer = [this](absl::Time) { return Foreseen(); },
        .fresh_source = [this]() -> absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> {
          return oci::RegistryClient::Create(Registry());
        },
        .root = root_,
        .github_release =
            [this](absl::Time deadline) {
              return FindGithubRelease({.owner = "acme", .repository = "app", .tag = release_tag_},
                                       {.api_url = github_->url(),
                                        .token = oci::Secret("ghs_sandbox"),
                                        .http = net::MakeHttpClient().value(),
                                        .sleeper = [](absl::Duration) {}},
                                       deadline);
            },
        .progress = progress_};
    options.parent = Cat("oci://", registry_->host(), "/acme/charts");
    options.created = "2023-11-14T22:13:20Z";
    options.now = absl::Now();
    return Publish(means, options, absl::Now() + absl::Seconds(60));
  }
  PublishResult Run() { return Run(PublishOptions{}); }

  absl::StatusOr<std::optional<ForeseenSigner>> Foreseen() const {
    const auto token = IdentityToken::Parse(token_(), absl::Now());
    if (!token.ok()) return token.status();
    if (!foresees_ || !token->expected_identity().has_value()) return std::nullopt;
    sigstore::Claims claims;
    claims.identity = *token->expected_identity();
    claims.issuer = token->issuer();
    return ForeseenSigner{By(claims.identity, claims.issuer), claims};
  }
  static policy::Authority By(const std::string& identity, const std::string& issuer) {
    policy::Identity wanted;
    wanted.subjects.push_back(policy::TextMatcher::Exactly(identity));
    wanted.issuers.push_back(policy::TextMatcher::Exactly(issuer));
    policy::Authority authority;
    authority.identities.push_back(std::move(wanted));
    return authority;
  }

  // "package done", "push was there", …
  static std::vector<std::string> Outcomes(const PublishResult& result) {
    std::vector<std::string> out;
    for (const PublishStep& step : result.steps) out.push_back(Cat(step.name, " ", Name(step.outcome)));
    return out;
  }
  size_t Writes() const {
    size_t count = 0;
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"})
      count += registry_->log().Count(method, "*");
    return count;
  }
  // How often the services were asked for something that lasts.
  size_t Certificates() const { return services_->fulcio_server().log().Count("POST", "*"); }
  size_t LogEntries() const { return services_->rekor_v1_server().log().Count("POST", "*"); }

  sandbox::TemporaryDirectory chart_ = sandbox::TemporaryDirectory::Create("chart").value();
  sandbox::Sigstore sigstore_;
  std::unique_ptr<sandbox::SigningServices> services_ = sandbox::SigningServices::Start(sigstore_).value();
  std::unique_ptr<sandbox::Registry> registry_;
  std::unique_ptr<sandbox::Github> github_ = sandbox::Github::Start().value();
  int64_t release_ = 0;
  std::string release_tag_ = "v9.9";
  std::shared_ptr<const sigstore::TrustedRoot> root_;
  SigningServices services_wanted_;
  std::function<std::string()> token_;
  bool foresees_ = true;
  RecordedProgress progress_;
};

}  // namespace chartseal::publisher
