#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/log.h"
#include "verifier/base/node.h"
#include "verifier/policy/policy.h"

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
  std::optional<std::string> client_ca;
  std::optional<std::string> kubeconfig;
  std::optional<std::string> decision_records;
  std::optional<std::string> policy_secrets_namespace;
  std::optional<std::string> no_match;
  std::optional<std::string> log_level;
  bool in_cluster = false;
  bool decision_records_all = false;
  std::vector<std::string> plain_http_registries;
  std::vector<std::string> client_names;
  // Tables that only a config file can hold, as they stand there; null when they are absent. Whoever uses one
  // reads it.
  Node mirrors;
  Node registry_ca;
  Node image_paths;
  std::string config_file;  // where the tables come from, for errors
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

// One setting that takes several values: a flag that may be repeated, a list in the file.
struct ListField {
  std::string_view name;
  std::vector<std::string> Settings::*field;
  std::string_view value_name;
  std::string_view help;
};
const std::vector<ListField>& ListFields();

// One setting that is on or off: a flag without a value, true or false in the file. What either switches on
// is on.
struct SwitchField {
  std::string_view name;
  bool Settings::*field;
  std::string_view help;
};
const std::vector<SwitchField>& SwitchFields();

// Reads the text of a --config file (YAML or JSON). Unknown keys and wrong types are InvalidArgument with
// file and line.
absl::StatusOr<Settings> ReadSettings(std::string_view text, std::string_view where);

// `flags` win over `file`; lists are not joined.
Settings Merge(Settings flags, Settings file);

// An IP address and a port. Port 0 is any free one.
struct ListenAddress {
  std::string address;
  uint16_t port = 0;
};

// "127.0.0.1:8443", "[::1]:8443", "localhost:8443" (127.0.0.1), ":8443" (every IPv4 address). `name` is the
// setting, for errors.
absl::StatusOr<ListenAddress> ParseEndpoint(std::string_view text, std::string_view name);

// Which API server is asked for policies, namespaces and pull secrets, and told of Events.
enum class Cluster { kNone, kSelf, kKubeconfig };

// Settings that can be run with.
struct Options {
  ListenAddress listen;
  ListenAddress ops_listen;
  std::string tls_cert;
  std::string tls_key;
  std::string client_ca;  // empty: clients need no certificate
  std::vector<std::string> client_names;
  std::string policy;  // empty: policies are objects of the cluster only
  policy::NoMatch no_match = policy::NoMatch::kDeny;
  bool no_match_given = false;  // else the policy files say it
  std::string trusted_root;     // empty: the embedded public-good root
  Cluster cluster = Cluster::kNone;
  std::string kubeconfig;  // with kKubeconfig
  std::string registry_config;
  std::string ca_file;
  std::vector<std::string> plain_http_registries;
  // The namespace of the Secrets that `key.secretRef` of policies names; empty: the one that this runs in, or
  // that the kubeconfig's context names.
  std::string policy_secrets_namespace;
  std::string decision_records;       // a directory; empty: none are written
  bool decision_records_all = false;  // also of what was admitted with a yes
  log::Level log_level = log::Level::kInfo;
  Node mirrors;  // the tables, as in Settings
  Node registry_ca;
  Node image_paths;
  std::string config_file;
};

// InvalidArgument naming every setting that is missing, or the first that is wrong.
absl::StatusOr<Options> MakeOptions(const Settings& settings);

}  // namespace chartseal::webhook
