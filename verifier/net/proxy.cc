#include "verifier/net/proxy.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "verifier/base/strings.h"
#include "verifier/net/dial_policy.h"
#include "verifier/net/ip_literal.h"

namespace chartseal::net {
namespace {

std::string FirstSet(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

struct Address {
  int family = 0;
  std::array<uint8_t, 16> bytes{};
  int bits = 0;
};

std::optional<Address> ParseAddress(std::string_view text) {
  if (Ipv4Bytes ipv4; ParseIpv4(text, ipv4)) {
    Address address{AF_INET, {}, 32};
    std::copy(ipv4.begin(), ipv4.end(), address.bytes.begin());
    return address;
  }
  Address address{AF_INET6, {}, 128};
  if (!ParseIpv6(text, address.bytes)) return std::nullopt;
  return address;
}

bool InBlock(const Address& host, std::string_view block) {
  const size_t slash = block.find('/');
  const auto network = ParseAddress(block.substr(0, slash));
  if (!network.has_value() || network->family != host.family) return false;
  int bits = network->bits;
  if (slash != std::string_view::npos) {
    const std::string_view text = block.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc() || end != text.data() + text.size() || bits < 0 || bits > network->bits)
      return false;
  }
  for (int i = 0; i < bits; ++i) {
    const uint8_t mask = 0x80 >> (i % 8);
    if ((host.bytes[i / 8] ^ network->bytes[i / 8]) & mask) return false;
  }
  return true;
}

bool Covers(std::string_view entry, const Url& url) {
  if (entry == "*") return true;
  const std::string port_suffix = Cat(":", url.port());
  if (const auto host = ParseAddress(url.host())) return InBlock(*host, entry);
  if (entry.ends_with(port_suffix)) entry.remove_suffix(port_suffix.size());
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty()) return false;
  const std::string_view host = url.host();
  return host == entry || host.ends_with(Cat(".", entry));
}

}  // namespace

ProxySettings ProxySettings::FromEnvironment() {
  return {.http = FirstSet({"http_proxy", "all_proxy", "ALL_PROXY"}),
          .https = FirstSet({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}),
          .no_proxy = FirstSet({"no_proxy", "NO_PROXY"})};
}

std::optional<std::string> ProxyFor(const ProxySettings& settings, const Url& url) {
  const std::string& proxy = url.is_https() ? settings.https : settings.http;
  if (proxy.empty() || ClassifyHost(url.host()) == AddressClass::kLoopback) return std::nullopt;
  const std::string no_proxy = absl::AsciiStrToLower(settings.no_proxy);
  for (const absl::string_view entry : absl::StrSplit(no_proxy, absl::ByAnyChar(", "), absl::SkipEmpty())) {
    if (Covers(FromAbsl(entry), url)) return std::nullopt;
  }
  return proxy;
}

}  // namespace chartseal::net
