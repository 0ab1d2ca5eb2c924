#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace chartseal::net {

using Ipv4Bytes = std::array<uint8_t, 4>;
using Ipv6Bytes = std::array<uint8_t, 16>;

// Reads an IP address in the textual form of inet_pton(3), network byte order, without brackets or zone. The
// whole text counts: a NUL in it does not end it, as it would for the C function. False when it is none;
// `bytes` is then unspecified.
bool ParseIpv4(std::string_view text, Ipv4Bytes& bytes);
bool ParseIpv6(std::string_view text, Ipv6Bytes& bytes);
bool IsIpv6(std::string_view text);

}  // namespace chartseal::net
