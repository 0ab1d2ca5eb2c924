#include "webhook/assembly.h"

#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/clock.h"
#include "verifier/oci/credentials.h"
#include "verifier/oci/mirror_table.h"
#include "verifier/oci/registry_client.h"
#include "verifier/workload/image_paths.h"
#include "webhook/admission_handler.h"
#include "webhook/caching_image_verifier.h"
#include "webhook/chart_source_gate.h"
#include "webhook/chart_store.h"
#include "webhook/cluster_sources.h"
#include "webhook/decision_log.h"
#include "webhook/decision_records.h"
#include "webhook/definition_gate.h"
#include "webhook/events.h"
#include "webhook/gate.h"
#include "webhook/gates.h"
#include "webhook/metrics.h"
#include "webhook/ops.h"
#include "webhook/policy_files.h"
#include "webhook/policy_metrics.h"
#include "webhook/policy_store.h"
#include "webhook/pull_sources.h"
#include "webhook/registry_ca.h"
#include "webhook/release_gate.h"
#include "webhook/server.h"
#include "webhook/tag_resolver.h"
#include "webhook/tls_files.h"
#include "webhook/tls_probe.h"

namespace chartseal::webhook {
namespace {

oci::RegistryOptions RegistryOptionsOf(const Options& options, Metrics& metrics) {
  oci::RegistryOptions registry;
  registry.plain_http_hosts = {options.plain_http_registries.begin(), options.plain_http_registries.end()};
  registry.ca_file = options.ca_file;
  registry.user_agent = "chartseal-webhook";
  registry.credentials = oci::CredentialFiles(oci::DefaultCredentialFiles(options.registry_config));
  registry.on_request = [&metrics](std::string_view, std::string_view, int status) {
    metrics.RegistryAnswered(status);
  };
  return registry;
}

std::optional<policy::NoMatch> NoMatchOf(const Options& options) {
  if (options.no_match_given) return options.no_match;
  return std::nullopt;
}

void AddCacheMetrics(Metrics& metrics, std::string_view which, const std::function<CacheStats()>& stats) {
  const std::string prefix = Cat("chartseal_", which, "_cache_");
  const auto read = [&stats](auto CacheStats::*field) {
    return [stats, field] { return static_cast<double>(stats().*field); };
  };
  metrics.AddGauge(prefix + "entries", "Entries held.", read(&CacheStats::entries));
  metrics.AddGauge(prefix + "bytes", "Bytes that the entries take, about.", read(&CacheStats::bytes));
  metrics.AddCounter(prefix + "hits_total", "Lookups that found an answer.", read(&CacheStats::hits));
  metrics.AddCounter(prefix + "misses_total", "Lookups that found none.", read(&CacheStats::misses));
  metrics.AddCounter(prefix + "evictions_total", "Entries that went to make room.",
                     read(&CacheStats::evictions));
}

}  // namespace

// From the inside out; destroyed in reverse.
struct Assembly::Parts {
  explicit Parts(const Options& options) : store(NoMatchOf(options)) {}
  ~Parts() {
    if (tls_files != nullptr) tls_files->StopFollowing();
  }

  Metrics metrics{CHARTSEAL_VERSION};
  std::atomic<bool> accepting = false;  // false again while draining
  PolicyStore store;
  std::unique_ptr<PolicyFiles> files;
  ClusterConnection cluster;
  std::unique_ptr<ClusterSources> cluster_sources;
  std::shared_ptr<CachingImageVerifier> verifier;
  std::shared_ptr<ChartStore> charts;
  std::shared_ptr<TagResolver> tags;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<ReleaseGate> release_gate;
  std::unique_ptr<ChartSourceGate> chart_source_gate;
  std::unique_ptr<DefinitionGate> definition_gate;
  std::unique_ptr<Gates> gates;
  DecisionLog decision_log;
  std::unique_ptr<Events> events;
  std::unique_ptr<DecisionRecords> records;
  std::unique_ptr<AdmissionHandler> handler;
  std::unique_ptr<TlsFiles> tls_files;
  TlsProbe tls_probe{net::SystemClock()};
  std::unique_ptr<Server> server;

  // The store outlives everything that asks it; the empty owner says so.
  std::shared_ptr<const PolicySource> Policies() const { return {std::shared_ptr<void>(), &store}; }
  absl::Status LoadPolicies(const Options& options);
  absl::Status MakeVerifier(const Options& options);
  absl::Status StartRecords(const Options& options);
  absl::Status MakeGate(const Options& options);
  std::vector<DecisionObserver*> Observers();
  void AddMetrics();
  Route ReviewRoute(std::string path, Endpoint endpoint);
  std::vector<ReadyCondition> ReadyConditions();
  absl::Status Listen(const Options& options);
};

absl::Status Assembly::Parts::LoadPolicies(const Options& options) {
  ASSIGN_OR_RETURN(cluster, ConnectCluster(options));
  ASSIGN_OR_RETURN(
      files, PolicyFiles::Start({.policy = options.policy, .trusted_root = options.trusted_root}, store));
  if (cluster.client != nullptr) {
    ASSIGN_OR_RETURN(cluster_sources, ClusterSources::Start(cluster, store));
  }
  log::Info("loaded", {{"policies", std::to_string(store.Current()->policies.policies.size())},
                       {"trusted_root", store.Root().version}});
  return absl::OkStatus();
}

absl::Status Assembly::Parts::MakeVerifier(const Options& options) {
  PullSourceOptions pull{.registry = RegistryOptionsOf(options, metrics), .api = cluster.client};
  ASSIGN_OR_RETURN(pull.registry.ca_files, ReadRegistryCa(options.registry_ca, options.config_file));
  ASSIGN_OR_RETURN(pull.mirrors, oci::MirrorTable::Read(options.mirrors, options.config_file));
  ASSIGN_OR_RETURN(auto sources, MakePullSources(std::move(pull)));
  verifier = std::make_shared<CachingImageVerifier>(sources, net::SystemClock());
  const std::shared_ptr<HostWorkers> workers(verifier, &verifier->workers());
  charts = std::make_shared<ChartStore>(ChartStore::Parts{.verifier = verifier,
                                                          .sources = sources,
                                                          .workers = workers,
                                                          .policies = Policies(),
                                                          .clock = net::SystemClock()});
  tags = std::make_shared<TagResolver>(std::move(sources), workers);
  return absl::OkStatus();
}

absl::Status Assembly::Parts::StartRecords(const Options& options) {
  if (options.decision_records.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(records, DecisionRecords::Start({.directory = options.decision_records,
                                                    .all = options.decision_records_all,
                                                    .version = CHARTSEAL_VERSION}));
  records->AddTo(metrics);
  return absl::OkStatus();
}

absl::Status Assembly::Parts::MakeGate(const Options& options) {
  ASSIGN_OR_RETURN(auto rules, workload::ReadImagePathRules(options.image_paths, options.config_file));
  const auto paths = workload::ImagePathTable::With(std::move(rules));
  const auto labels = cluster_sources == nullptr ? nullptr : cluster_sources->labels();
  gate = std::make_unique<Gate>(Policies(), verifier, labels, paths);
  release_gate = std::make_unique<ReleaseGate>(ReleaseGate::Parts{.policies = Policies(),
                                                                  .verifier = verifier,
                                                                  .charts = charts,
                                                                  .labels = labels,
                                                                  .paths = paths,
                                                                  .clock = net::SystemClock()});
  chart_source_gate = std::make_unique<ChartSourceGate>(ChartSourceGate::Parts{.policies = Policies(),
                                                                               .verifier = verifier,
                                                                               .charts = charts,
                                                                               .tags = tags,
                                                                               .labels = labels,
                                                                               .paths = paths});
  definition_gate = std::make_unique<DefinitionGate>(Policies(), *charts, *tags);
  gates = std::make_unique<Gates>(
      *gate,
      std::vector<const ObjectGate*>{release_gate.get(), chart_source_gate.get(), definition_gate.get()});
  handler = std::make_unique<AdmissionHandler>(*gates, metrics, net::SystemClock(), Observers());
  return absl::OkStatus();
}

std::vector<DecisionObserver*> Assembly::Parts::Observers() {
  std::vector<DecisionObserver*> observers = {&metrics, &decision_log};
  if (cluster.client != nullptr) {
    events = std::make_unique<Events>(cluster.client, net::SystemClock());
    events->AddTo(metrics);
    observers.push_back(events.get());
  }
  if (records != nullptr) observers.push_back(records.get());
  return observers;
}

void Assembly::Parts::AddMetrics() {
  AddPolicyMetrics(metrics, store, net::SystemClock());
  AddOriginMetrics(metrics, store);
  AddCacheMetrics(metrics, "decision", [this] { return verifier->decision_stats(); });
  AddCacheMetrics(metrics, "evidence", [this] { return verifier->evidence_stats(); });
  AddCacheMetrics(metrics, "chart", [this] { return charts->chart_stats(); });
  AddCacheMetrics(metrics, "fingerprint", [this] { return charts->fingerprint_stats(); });
  metrics.AddGauge("chartseal_fetches_under_way", "Digests and charts that are being fetched at the moment.",
                   [this] { return static_cast<double>(verifier->flights() + charts->pulls()); });
  metrics.AddCounter("chartseal_log_lines_dropped_total", "Lines lost because standard error was too slow.",
                     [this] { return static_cast<double>(decision_log.dropped()); });
  if (cluster_sources == nullptr) return;
  metrics.AddGauges("chartseal_watch_synced", "Whether a watch has had its first list.", "kind", [this] {
    Metrics::Samples samples;
    for (const auto& [kind, synced] : cluster_sources->Synced()) samples.emplace_back(kind, synced ? 1 : 0);
    return samples;
  });
}

Route Assembly::Parts::ReviewRoute(std::string path, Endpoint endpoint) {
  return {.method = "POST",
          .path = std::move(path),
          .content_type = "application/json",
          .blocking = true,
          .starter = [this, endpoint](HttpRequest request) { return handler->Start(endpoint, request); }};
}

std::vector<ReadyCondition> Assembly::Parts::ReadyConditions() {
  return {{"trusted root: not loaded", [this] { return store.Current()->root != nullptr; }},
          {"policies: not all read yet", [this] { return store.Synced(); }},
          {"TLS listener: not accepting", [this] { return accepting.load(); }},
          {"TLS listener: does not answer a handshake", [this] { return tls_probe.Answers(); }}};
}

absl::Status Assembly::Parts::Listen(const Options& options) {
  ASSIGN_OR_RETURN(tls_files, TlsFiles::Read({.certificate = options.tls_cert,
                                              .key = options.tls_key,
                                              .client_ca = options.client_ca,
                                              .client_names = options.client_names}));
  metrics.AddGauge("chartseal_tls_certificate_expiry_seconds",
                   "When the certificate of the listener expires, in seconds since 1970.",
                   [this] { return absl::ToDoubleSeconds(tls_files->expiry() - absl::UnixEpoch()); });
  ServerOptions server_options;
  server_options.metrics = &metrics;
  server_options.listeners = {
      {options.listen.address,
       options.listen.port,
       tls_files->identity(),
       {ReviewRoute("/validate", Endpoint::kValidate), ReviewRoute("/mutate", Endpoint::kMutate)}},
      {options.ops_listen.address, options.ops_listen.port, std::nullopt,
       OpsRoutes(ReadyConditions(), metrics)}};
  ASSIGN_OR_RETURN(server, Server::Start(std::move(server_options)));
  tls_files->Follow([this](const TlsIdentity& tls) { return server->ReplaceTls(0, tls); });
  tls_probe.Start(options.listen.address, server->port(0));
  accepting = true;
  return absl::OkStatus();
}

Assembly::Assembly(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Assembly::~Assembly() = default;

absl::StatusOr<std::unique_ptr<Assembly>> Assembly::Start(const Options& options) {
  auto parts = std::make_unique<Parts>(options);
  RETURN_IF_ERROR(parts->LoadPolicies(options));
  RETURN_IF_ERROR(parts->MakeVerifier(options));
  RETURN_IF_ERROR(parts->StartRecords(options));
  RETURN_IF_ERROR(parts->MakeGate(options));
  parts->AddMetrics();
  RETURN_IF_ERROR(parts->Listen(options));
  return std::unique_ptr<Assembly>(new Assembly(std::move(parts)));
}

uint16_t Assembly::port() const { return parts_->server->port(0); }
uint16_t Assembly::ops_port() const { return parts_->server->port(1); }

bool Assembly::Stop(absl::Duration grace) {
  parts_->accepting = false;
  return parts_->server->Stop(grace);
}

}  // namespace chartseal::webhook
