#include "webhook/options.h"

#include <arpa/inet.h>

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
                          setting.name == "tls-cert" || setting.name == "tls-key" || setting.name == "policy";
    const auto& value = settings.*setting.field;
    if (required && value.value_or("").empty()) missing += Cat(missing.empty() ? "--" : ", --", setting.name);
  }
  return missing;
}

absl::Status CheckRegistryHost(const std::string& host) {
  if (!host.empty() && host.find_first_of("/@ ") == std::string::npos) return absl::OkStatus();
  return Wrong(kPlainHttpRegistry,
               Cat("expected HOST or HOST:PORT without scheme and path, found \"", Printable(host), "\""));
}

}  // namespace

const std::vector<SettingField>& SettingFields() {
  static const auto* const fields = new std::vector<SettingField>{
      {"listen", &Settings::listen, "ADDR:PORT", "where the API server is answered, over TLS"},
      {"tls-cert", &Settings::tls_cert, "FILE", "certificate chain in PEM, leaf first"},
      {"tls-key", &Settings::tls_key, "FILE", "private key in PEM"},
      {"policy", &Settings::policy, "FILE|DIR", "policy file, or directory of policy files"},
      {"trusted-root", &Settings::trusted_root, "FILE", "trusted_root.json; default: the public-good root"},
      {"ops-listen", &Settings::ops_listen, "ADDR:PORT", "/healthz, /readyz and /metrics, over plain HTTP"},
      {"registry-config", &Settings::registry_config, "FILE", "registry credentials, as docker writes them"},
      {"ca-file", &Settings::ca_file, "FILE",
       "certificate authorities of registries, instead of the system's"},
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
  ASSIGN_OR_RETURN(settings.plain_http_registries,
                   reader.Strings(kPlainHttpRegistry, limits::kMaxPlainHttpRegistries));
  RETURN_IF_ERROR(reader.Done());
  return settings;
}

Settings Merge(Settings flags, Settings file) {
  for (const SettingField& setting : SettingFields()) {
    auto& value = flags.*setting.field;
    if (!value.has_value()) value = std::move(file.*setting.field);
  }
  if (flags.plain_http_registries.empty()) {
    flags.plain_http_registries = std::move(file.plain_http_registries);
  }
  return flags;
}

absl::StatusOr<Endpoint> ParseEndpoint(std::string_view text, std::string_view name) {
  const size_t colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  Endpoint endpoint;
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
  options.policy = *settings.policy;
  options.trusted_root = settings.trusted_root.value_or("");
  options.registry_config = settings.registry_config.value_or("");
  options.ca_file = settings.ca_file.value_or("");
  options.plain_http_registries = settings.plain_http_registries;
  return options;
}

}  // namespace chartseal::webhook
