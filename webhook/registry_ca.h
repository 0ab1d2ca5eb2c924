#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

namespace chartseal::webhook {

// The table "registry-ca" of the config file: a PEM file for each registry whose certificate comes from a
// private authority, by host or host:port (without a port: every port). For oci::RegistryOptions::ca_files.
// Null is an empty table. InvalidArgument/kYamlMalformed with `where` and the line for what is no host or no
// file name, and for more than limits::kMaxRegistryCaFiles.
absl::StatusOr<std::map<std::string, std::string>> ReadRegistryCa(const Node& table, std::string_view where);

}  // namespace chartseal::webhook
