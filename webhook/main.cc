// chartseal-webhook: answers the API server's admission requests (docs/webhook.md). Exit codes: 0 stopped
// when told to, 2 wrong usage or a malformed policy, 3 something that it needs could not be read or listened
// on.

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/clock.h"
#include "verifier/oci/credentials.h"
#include "verifier/oci/registry_client.h"
#include "webhook/admission_handler.h"
#include "webhook/caching_image_verifier.h"
#include "webhook/gate.h"
#include "webhook/metrics.h"
#include "webhook/ops.h"
#include "webhook/options.h"
#include "webhook/policy_loader.h"
#include "webhook/server.h"

namespace chartseal::webhook {
namespace {

constexpr int kWrongUsage = 2;
constexpr int kCouldNot = 3;

int Fail(int code, const absl::Status& status) {
  std::fprintf(stderr, "chartseal-webhook: %s\n", Message(status).c_str());
  return code;
}

absl::StatusOr<Options> OptionsOf(Settings flags, const std::string& config_file) {
  if (config_file.empty()) return MakeOptions(flags);
  ASSIGN_OR_RETURN(const std::string text, ReadFile(config_file, limits::kMaxYamlBytes));
  ASSIGN_OR_RETURN(Settings file, ReadSettings(text, config_file));
  return MakeOptions(Merge(std::move(flags), std::move(file)));
}

absl::StatusOr<std::shared_ptr<const sigstore::TrustedRoot>> LoadTrustedRoot(const std::string& path) {
  if (path.empty()) {
    return std::shared_ptr<const sigstore::TrustedRoot>(std::shared_ptr<void>(), &sigstore::PublicGoodRoot());
  }
  ASSIGN_OR_RETURN(const std::string json, ReadFile(path, limits::kMaxTrustedRootBytes));
  ASSIGN_OR_RETURN(sigstore::TrustedRoot root, sigstore::TrustedRoot::ParseJson(json, path));
  return std::make_shared<const sigstore::TrustedRoot>(std::move(root));
}

oci::RegistryOptions RegistryOptionsOf(const Options& options) {
  oci::RegistryOptions registry;
  registry.plain_http_hosts = {options.plain_http_registries.begin(), options.plain_http_registries.end()};
  registry.ca_file = options.ca_file;
  registry.user_agent = "chartseal-webhook";
  registry.credentials = oci::CredentialFiles(oci::DefaultCredentialFiles(options.registry_config));
  return registry;
}

absl::StatusOr<TlsIdentity> LoadTls(const Options& options) {
  TlsIdentity identity;
  ASSIGN_OR_RETURN(identity.certificate_chain, ReadFile(options.tls_cert, limits::kMaxPemBytes));
  ASSIGN_OR_RETURN(identity.private_key, ReadFile(options.tls_key, limits::kMaxPemBytes));
  return identity;
}

// What serves, from the inside out; destroyed in reverse.
struct Webhook {
  Metrics metrics;
  Readiness readiness;
  std::shared_ptr<oci::RegistryClient> registry;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<AdmissionHandler> handler;
  std::unique_ptr<Server> server;
};

absl::Status Assemble(const Options& options, Webhook& webhook) {
  ASSIGN_OR_RETURN(auto policies, LoadPolicies(options.policy));
  webhook.readiness.policy_loaded = true;
  ASSIGN_OR_RETURN(auto root, LoadTrustedRoot(options.trusted_root));
  webhook.readiness.trusted_root_loaded = true;
  log::Info("loaded",
            {{"policies", std::to_string(policies->policies.size())}, {"trusted_root", root->version()}});
  ASSIGN_OR_RETURN(webhook.registry, oci::RegistryClient::Create(RegistryOptionsOf(options)));
  PolicySnapshot snapshot{*policies, root, root->version()};
  webhook.gate =
      std::make_unique<Gate>(std::make_shared<const FixedPolicies>(std::move(snapshot)),
                             std::make_shared<CachingImageVerifier>(
                                 std::make_shared<FixedSource>(webhook.registry), net::SystemClock()));
  webhook.handler = std::make_unique<AdmissionHandler>(*webhook.gate, webhook.metrics, net::SystemClock());
  return absl::OkStatus();
}

absl::Status Listen(const Options& options, Webhook& webhook) {
  ASSIGN_OR_RETURN(TlsIdentity tls, LoadTls(options));
  const Route validate{.method = "POST",
                       .path = "/validate",
                       .content_type = "application/json",
                       .handler =
                           [&webhook](const HttpRequest& request) {
                             return webhook.handler->Answer(Endpoint::kValidate, request);
                           },
                       .blocking = true};
  ServerOptions server;
  server.metrics = &webhook.metrics;
  server.listeners = {{options.listen.address, options.listen.port, std::move(tls), {validate}},
                      {options.ops_listen.address, options.ops_listen.port, std::nullopt,
                       OpsRoutes(webhook.readiness, webhook.metrics)}};
  ASSIGN_OR_RETURN(webhook.server, Server::Start(std::move(server)));
  webhook.readiness.listening = true;
  log::Info("listening", {{"address", options.listen.address},
                          {"port", std::to_string(webhook.server->port(0))},
                          {"ops_address", options.ops_listen.address},
                          {"ops_port", std::to_string(webhook.server->port(1))}});
  return absl::OkStatus();
}

// Blocks the signals that end the process in every thread; the main thread waits for them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

int Serve(const Options& options) {
  const sigset_t signals = BlockSignals();
  Webhook webhook;
  if (const absl::Status status = Assemble(options, webhook); !status.ok()) {
    return Fail(kCouldNot, status);
  }
  if (const absl::Status status = Listen(options, webhook); !status.ok()) return Fail(kCouldNot, status);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  log::Info("draining", {{"signal", std::to_string(signal_number)}});
  webhook.readiness.listening = false;
  const bool finished = webhook.server->Stop(limits::kMaxDrainTime);
  log::Info("stopped", {{"all_requests_answered", finished ? "true" : "false"}});
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app("Admits images to a Kubernetes cluster by who signed them.", "chartseal-webhook");
  Settings flags;
  std::string config_file;
  for (const SettingField& setting : SettingFields()) {
    app.add_option(Cat("--", setting.name), flags.*setting.field, std::string(setting.help))
        ->type_name(std::string(setting.value_name));
  }
  for (const ListField& setting : ListFields()) {
    app.add_option(Cat("--", setting.name), flags.*setting.field,
                   Cat(setting.help, "; may be given several times"))
        ->type_name(std::string(setting.value_name))
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  app.add_flag(Cat("--", kInCluster), flags.in_cluster,
               "take policies and pull secrets from the cluster that this runs in");
  app.add_option("--config", config_file, "YAML file with the same names as keys; flags win")
      ->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  const absl::StatusOr<Options> options = OptionsOf(std::move(flags), config_file);
  if (!options.ok()) return Fail(kWrongUsage, options.status());
  return Serve(*options);
}

}  // namespace
}  // namespace chartseal::webhook

int main(int argc, char** argv) { return chartseal::webhook::Main(argc, argv); }
