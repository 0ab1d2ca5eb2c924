#pragma once

#include <optional>
#include <string>

#include "verifier/net/url.h"

namespace chartseal::net {

// The proxy variables of the environment, as curl and most Unix programs read them. Read once, at start.
struct ProxySettings {
  std::string http;      // http_proxy (lower case only: CGI programs get HTTP_PROXY from the requester)
  std::string https;     // HTTPS_PROXY
  std::string no_proxy;  // NO_PROXY: names (with everything below), addresses, CIDR blocks, or "*"

  static ProxySettings FromEnvironment();
};

// The proxy to use for `url`; nullopt for none. Loopback hosts never go through one.
std::optional<std::string> ProxyFor(const ProxySettings& settings, const Url& url);

}  // namespace chartseal::net
