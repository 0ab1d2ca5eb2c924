#include "verifier/net/dial_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/ip_literal.h"

namespace chartseal::net {
namespace {

struct Ipv4Block {
  uint32_t address;
  int bits;
  AddressClass kind;
};

// IANA's special-purpose registry, as far as a connection could be attempted.
constexpr Ipv4Block kIpv4Blocks[] = {
    {0x00000000, 8, AddressClass::kForbidden},   // "this network"; Linux takes 0.0.0.0 for itself
    {0x0a000000, 8, AddressClass::kPrivate},     // RFC 1918
    {0x64400000, 10, AddressClass::kPrivate},    // 100.64.0.0/10, carrier-grade NAT
    {0x7f000000, 8, AddressClass::kLoopback},    //
    {0xa9fe0000, 16, AddressClass::kForbidden},  // link-local, cloud metadata
    {0xac100000, 12, AddressClass::kPrivate},    // RFC 1918
    {0xc0000000, 24,
     AddressClass::kForbidden},                 // 192.0.0.0/24, protocol assignments; metadata at some clouds
    {0xc0a80000, 16, AddressClass::kPrivate},   // RFC 1918
    {0xc6120000, 15, AddressClass::kPrivate},   // 198.18.0.0/15, benchmark networks
    {0xe0000000, 4, AddressClass::kForbidden},  // multicast
    {0xf0000000, 4, AddressClass::kForbidden},  // reserved, broadcast
};

AddressClass ClassifyIpv4(uint32_t address) {
  // Alibaba Cloud serves its metadata inside the carrier-grade block.
  if (address == 0x646464c8) return AddressClass::kForbidden;
  for (const Ipv4Block& block : kIpv4Blocks) {
    if ((address ^ block.address) >> (32 - block.bits) == 0) return block.kind;
  }
  return AddressClass::kPublic;
}

uint32_t Ipv4At(const Ipv6Bytes& a, size_t offset) {
  return uint32_t{a[offset]} << 24 | uint32_t{a[offset + 1]} << 16 | uint32_t{a[offset + 2]} << 8 |
         a[offset + 3];
}

bool StartsWith(const Ipv6Bytes& a, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), a.begin());
}

// The IPv4 address that an IPv6 address leads to: mapped or compatible, NAT64 (RFC 6052), 6to4.
std::optional<uint32_t> EmbeddedIpv4(const Ipv6Bytes& a) {
  if (StartsWith(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return Ipv4At(a, 12);
  if (StartsWith(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) && Ipv4At(a, 12) > 1) return Ipv4At(a, 12);
  if (StartsWith(a, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return Ipv4At(a, 12);
  if (StartsWith(a, {0x20, 0x02})) return Ipv4At(a, 2);
  return std::nullopt;
}

AddressClass ClassifyIpv6(const Ipv6Bytes& a) {
  if (const auto ipv4 = EmbeddedIpv4(a)) return ClassifyIpv4(*ipv4);
  Ipv6Bytes loopback{};
  loopback[15] = 1;
  if (a == loopback) return AddressClass::kLoopback;
  // AWS and others serve metadata inside fc00::/7 at this address.
  if (StartsWith(a, {0xfd, 0x00, 0x0e, 0xc2})) return AddressClass::kForbidden;
  if ((a[0] & 0xfe) == 0xfc) return AddressClass::kPrivate;
  // What is assigned to the public internet so far.
  if ((a[0] & 0xe0) == 0x20) return AddressClass::kPublic;
  return AddressClass::kForbidden;
}

int Depth(AddressClass address) { return static_cast<int>(address); }

}  // namespace

AddressClass ClassifyAddress(std::string_view address) {
  Ipv4Bytes ipv4;
  if (ParseIpv4(address, ipv4)) {
    return ClassifyIpv4(uint32_t{ipv4[0]} << 24 | uint32_t{ipv4[1]} << 16 | uint32_t{ipv4[2]} << 8 | ipv4[3]);
  }
  Ipv6Bytes ipv6;
  if (ParseIpv6(address.substr(0, address.find('%')), ipv6)) return ClassifyIpv6(ipv6);
  return AddressClass::kForbidden;
}

AddressClass ClassifyHost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host == "localhost" || host.ends_with(".localhost")) return AddressClass::kLoopback;
  const std::string text(host);
  in_addr ipv4;
  if (inet_aton(text.c_str(), &ipv4) == 1) return ClassifyIpv4(ntohl(ipv4.s_addr));
  if (host.find(':') != std::string_view::npos) return ClassifyAddress(host);
  return AddressClass::kPublic;
}

bool Allows(DialScope scope, AddressClass address) {
  switch (scope) {
    case DialScope::kAnything:
      return true;
    case DialScope::kPublic:
      return Depth(address) <= Depth(AddressClass::kPublic);
    case DialScope::kPrivate:
      return Depth(address) <= Depth(AddressClass::kPrivate);
    case DialScope::kLoopback:
      return Depth(address) <= Depth(AddressClass::kLoopback);
  }
  return false;
}

DialScope ScopeFrom(AddressClass address) {
  switch (address) {
    case AddressClass::kPrivate:
      return DialScope::kPrivate;
    case AddressClass::kLoopback:
      return DialScope::kLoopback;
    case AddressClass::kPublic:
    case AddressClass::kForbidden:
      return DialScope::kPublic;
  }
  return DialScope::kPublic;
}

absl::Status CheckNamedByServer(const Url& from, const Url& target, DialScope scope, std::string_view role) {
  const auto refuse = [&](std::string_view why) {
    const std::string text =
        Cat(role, " ", target.Redacted(), " named by ", from.Authority(), " is not followed: ", why);
    return WithReason(absl::PermissionDeniedError(text), Reason::kDialRefused);
  };
  if (from.is_https() && !target.is_https()) return refuse("it leads from https to plain http");
  if (target.host() == from.host()) return absl::OkStatus();
  if (!Allows(scope, ClassifyHost(target.host()))) {
    return refuse("it leads to an address further inside than the server that named it");
  }
  return absl::OkStatus();
}

}  // namespace chartseal::net
