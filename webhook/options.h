#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace chartseal::webhook {

// What was given as flags or in a config file, not yet judged. Flag --tls-cert is key tls-cert of the file.
struct Settings {
  std::optional<std::string> listen;
  std::optional<std::string> ops_listen;
  std::optional<std::string> tls_cert;
  std::optional<std::string> tls_key;
  std::optional<std::string> policy;
  std::optional<std::string> trusted_root;
  std::optional<std::string> registry_config;
  std::optional<std::string> ca_file;
  std::vector<std::string> plain_http_registries;
};

// One text setting: its flag without dashes, where it goes, and what it means.
struct SettingField {
  std::string_view name;
  std::optional<std::string> Settings::*field;
  std::string_view value_name;
  std::string_view help;
};
// All of them, in the order of --help.
const std::vector<SettingField>& SettingFields();
// The one that takes several values.
inline constexpr std::string_view kPlainHttpRegistry = "plain-http-registry";

// Reads the text of a --config file (YAML or JSON). Unknown keys and wrong types are InvalidArgument with
// file and line.
absl::StatusOr<Settings> ReadSettings(std::string_view text, std::string_view where);

// `flags` win over `file`; lists are not joined.
Settings Merge(Settings flags, Settings file);

// An IP address and a port. Port 0 is any free one.
struct Endpoint {
  std::string address;
  uint16_t port = 0;
};

// "127.0.0.1:8443", "[::1]:8443", "localhost:8443" (127.0.0.1), ":8443" (every IPv4 address). `name` is the
// setting, for errors.
absl::StatusOr<Endpoint> ParseEndpoint(std::string_view text, std::string_view name);

// Settings that can be run with.
struct Options {
  Endpoint listen;
  Endpoint ops_listen;
  std::string tls_cert;
  std::string tls_key;
  std::string policy;
  std::string trusted_root;  // empty: the embedded public-good root
  std::string registry_config;
  std::string ca_file;
  std::vector<std::string> plain_http_registries;
};

// InvalidArgument naming every setting that is missing, or the first that is wrong.
absl::StatusOr<Options> MakeOptions(const Settings& settings);

}  // namespace chartseal::webhook
