#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::oci {

// The HTTP client for RegistryOptions: one for each authority file that they name, chosen by where a request
// goes, redirects included, and one for everything else. InvalidArgument when a file cannot be read.
absl::StatusOr<std::shared_ptr<net::HttpClient>> MakeHttpByHost(const RegistryOptions& options);

// Whether `name`, as in RegistryOptions::plain_http_hosts, means the host ("h", "h:5000", "[::1]:5000"): a
// name without a port means every port.
bool NamesHost(std::string_view name, std::string_view host);

}  // namespace chartseal::oci
