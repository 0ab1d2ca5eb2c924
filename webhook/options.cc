#include "webhook/options.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "verifier/base/limits.h"
#include "verifier/base/node.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

absl::Status Wrong(std::string_view name, std::string_view what) {
  return absl::InvalidArgumentError(Cat("--", name, ": ", what));
}

bool IsAddress(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

std::string AddressOf(std::string_view host) {
  if (host.empty()) return "0.0.0.0";
  if (host == "localhost") return "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::string(host);
}

// What must be given, and is not.
std::string Missing(const Settings& settings) {
  std::string missing;
  for (const SettingField& setting : SettingFields()) {
    const bool required = setting.name == "listen" || setting.name == "ops-listen" ||
                          setting.name == "tls-cert" || setting.name == "tls-key";
    const auto& value = settings.*setting.field;
    if (required && value.value_or("").empty()) missing += Cat(missing.empty() ? "--" : ", --", setting.name);
  }
  const bool has_cluster = settings.in_cluster || settings.kubeconfig.has_value();
  if (!has_cluster && settings.policy.value_or("").empty()) {
    missing += Cat(missing.empty() ? "" : ", ", "--policy (or --in-cluster or --kubeconfig)");
  }
  return missing;
}

absl::StatusOr<Cluster> ClusterOf(const Settings& settings) {
  if (settings.in_cluster && settings.kubeconfig.has_value()) {
    return Wrong("in-cluster", "give one of --in-cluster and --kubeconfig, not both");
  }
  if (settings.in_cluster) return Cluster::kSelf;
  return settings.kubeconfig.has_value() ? Cluster::kKubeconfig : Cluster::kNone;
}

// The value that `text` names among `names`.
template <typename E, size_t N>
absl::StatusOr<E> Choose(std::string_view setting, std::string_view text,
                         const std::array<std::pair<std::string_view, E>, N>& names) {
  std::string allowed;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    allowed += Cat(allowed.empty() ? "" : ", ", name);
  }
  return Wrong(setting, Cat("expected one of ", allowed, ", found \"", Printable(text), "\""));
}

constexpr std::array<std::pair<std::string_view, policy::NoMatch>, 3> kNoMatches = {
    {{"deny", policy::NoMatch::kDeny}, {"warn", policy::NoMatch::kWarn}, {"allow", policy::NoMatch::kAllow}}};
constexpr std::array<std::pair<std::string_view, log::Level>, 4> kLevels = {
    {{"debug", log::Level::kDebug},
     {"info", log::Level::kInfo},
     {"warning", log::Level::kWarning},
     {"error", log::Level::kError}}};

// Names of namespaces are DNS labels (RFC 1123).
absl::Status CheckNamespace(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (name.find_first_not_of(kAllowed) == std::string::npos && name.size() <= 63) return absl::OkStatus();
  return Wrong("policy-secrets-namespace",
               Cat("expected the name of a namespace, found \"", Printable(name, 80), "\""));
}

absl::Status CheckRegistryHost(const std::string& host) {
  if (!host.empty() && host.find_first_of("/@ ") == std::string::npos) return absl::OkStatus();
  return Wrong("plain-http-registry",
               Cat("expected HOST or HOST:PORT without scheme and path, found \"", Printable(host), "\""));
}

}  // namespace

const std::vector<SettingField>& SettingFields() {
  static const auto* const fields = new std::vector<SettingField>{
      {"listen", &Settings::listen, "ADDR:PORT", "where the API server is answered, over TLS"},
      {"tls-cert", &Settings::tls_cert, "FILE", "certificate chain in PEM, leaf first"},
      {"tls-key", &Settings::tls_key, "FILE", "private key in PEM"},
      {"client-ca", &Settings::client_ca, "FILE",
       "authorities of client certificates in PEM; without it none is asked for"},
      {"policy", &Settings::policy, "FILE|DIR", "policy file, or directory of policy files"},
      {"no-match", &Settings::no_match, "deny|warn|allow",
       "what no policy covers; default: as the files say, or deny"},
      {"kubeconfig", &Settings::kubeconfig, "FILE", "the API server to take policies and pull secrets from"},
      {"policy-secrets-namespace", &Settings::policy_secrets_namespace, "NAME",
       "where Secrets that key.secretRef of ClusterImagePolicy objects names are; default: this one's own"},
      {"trusted-root", &Settings::trusted_root, "FILE", "trusted_root.json; default: the public-good root"},
      {"ops-listen", &Settings::ops_listen, "ADDR:PORT", "/healthz, /readyz and /metrics, over plain HTTP"},
      {"registry-config", &Settings::registry_config, "FILE", "registry credentials, as docker writes them"},
      {"ca-file", &Settings::ca_file, "FILE",
       "certificate authorities of registries, instead of the system's"},
      {"decision-records", &Settings::decision_records, "DIR",
       "write a record of each decision that is no plain yes, for chartseal explain"},
      {"log-level", &Settings::log_level, "LEVEL", "debug, info (default), warning or error"},
  };
  return *fields;
}

const std::vector<ListField>& ListFields() {
  static const auto* const fields = new std::vector<ListField>{
      {"plain-http-registry", &Settings::plain_http_registries, "HOST", "registry spoken to without TLS"},
      {"client-name", &Settings::client_names, "NAME",
       "name that a client certificate may have; with client-ca"},
  };
  return *fields;
}

const std::vector<SwitchField>& SwitchFields() {
  static const auto* const fields = new std::vector<SwitchField>{
      {"in-cluster", &Settings::in_cluster,
       "take policies and pull secrets from the cluster that this runs in"},
      {"decision-records-all", &Settings::decision_records_all,
       "write a record of every decision; with decision-records"},
  };
  return *fields;
}

absl::StatusOr<Settings> ReadSettings(std::string_view text, std::string_view where) {
  ASSIGN_OR_RETURN(const Node document, ParseYaml(text, where));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(document, where, Reason::kYamlMalformed));
  Settings settings;
  for (const SettingField& setting : SettingFields()) {
    if (!reader.Has(setting.name)) continue;
    ASSIGN_OR_RETURN(settings.*setting.field, reader.String(setting.name));
  }
  for (const ListField& setting : ListFields()) {
    ASSIGN_OR_RETURN(settings.*setting.field, reader.Strings(setting.name, limits::kMaxPlainHttpRegistries));
  }
  for (const SwitchField& setting : SwitchFields()) {
    ASSIGN_OR_RETURN(settings.*setting.field, reader.BoolOr(setting.name, false));
  }
  for (const auto& [name, table] : {std::pair<std::string_view, Node*>{"mirrors", &settings.mirrors},
                                    {"registry-ca", &settings.registry_ca},
                                    {"image-paths", &settings.image_paths}}) {
    if (const Node* node = reader.Raw(name)) *table = *node;
  }
  settings.config_file = std::string(where);
  RETURN_IF_ERROR(reader.Done());
  return settings;
}

Settings Merge(Settings flags, Settings file) {
  for (const SettingField& setting : SettingFields()) {
    auto& value = flags.*setting.field;
    if (!value.has_value()) value = std::move(file.*setting.field);
  }
  for (const ListField& setting : ListFields()) {
    auto& values = flags.*setting.field;
    if (values.empty()) values = std::move(file.*setting.field);
  }
  for (const SwitchField& setting : SwitchFields()) {
    flags.*setting.field = flags.*setting.field || file.*setting.field;
  }
  flags.mirrors = std::move(file.mirrors);
  flags.registry_ca = std::move(file.registry_ca);
  flags.image_paths = std::move(file.image_paths);
  flags.config_file = std::move(file.config_file);
  return flags;
}

absl::StatusOr<ListenAddress> ParseEndpoint(std::string_view text, std::string_view name) {
  const size_t colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  ListenAddress endpoint;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return Wrong(name, Cat("expected ADDR:PORT, found \"", Printable(text), "\""));
  }
  endpoint.address = AddressOf(text.substr(0, colon));
  if (!IsAddress(endpoint.address)) {
    return Wrong(name, Cat("expected an IP address before the port, found \"", Printable(text), "\""));
  }
  return endpoint;
}

absl::StatusOr<Options> MakeOptions(const Settings& settings) {
  const std::string missing = Missing(settings);
  if (!missing.empty()) {
    return absl::InvalidArgumentError(
        Cat("missing: ", missing, "; give them as flags or as keys of the --config file"));
  }
  Options options;
  ASSIGN_OR_RETURN(options.listen, ParseEndpoint(*settings.listen, "listen"));
  ASSIGN_OR_RETURN(options.ops_listen, ParseEndpoint(*settings.ops_listen, "ops-listen"));
  for (const std::string& host : settings.plain_http_registries) RETURN_IF_ERROR(CheckRegistryHost(host));
  options.tls_cert = *settings.tls_cert;
  options.tls_key = *settings.tls_key;
  options.policy = settings.policy.value_or("");
  options.client_ca = settings.client_ca.value_or("");
  options.client_names = settings.client_names;
  if (!options.client_names.empty() && options.client_ca.empty()) {
    return Wrong("client-name", "needs --client-ca: without it no client shows a certificate");
  }
  if (settings.no_match.has_value()) {
    ASSIGN_OR_RETURN(options.no_match, Choose("no-match", *settings.no_match, kNoMatches));
    options.no_match_given = true;
  }
  ASSIGN_OR_RETURN(options.log_level, Choose("log-level", settings.log_level.value_or("info"), kLevels));
  ASSIGN_OR_RETURN(options.cluster, ClusterOf(settings));
  options.kubeconfig = settings.kubeconfig.value_or("");
  options.policy_secrets_namespace = settings.policy_secrets_namespace.value_or("");
  RETURN_IF_ERROR(CheckNamespace(options.policy_secrets_namespace));
  options.decision_records = settings.decision_records.value_or("");
  options.decision_records_all = settings.decision_records_all;
  if (options.decision_records_all && options.decision_records.empty()) {
    return Wrong("decision-records-all", "needs --decision-records: without it no record is written");
  }
  options.mirrors = settings.mirrors;
  options.registry_ca = settings.registry_ca;
  options.image_paths = settings.image_paths;
  options.config_file = settings.config_file;
  options.trusted_root = settings.trusted_root.value_or("");
  options.registry_config = settings.registry_config.value_or("");
  options.ca_file = settings.ca_file.value_or("");
  options.plain_http_registries = settings.plain_http_registries;
  return options;
}

}  // namespace chartseal::webhook
