#include "verifier/net/ip_literal.h"

#include <arpa/inet.h>

#include <string>

namespace chartseal::net {
namespace {

bool Parse(int family, std::string_view text, void* bytes) {
  if (text.find('\0') != std::string_view::npos) return false;
  return inet_pton(family, std::string(text).c_str(), bytes) == 1;
}

}  // namespace

bool ParseIpv4(std::string_view text, Ipv4Bytes& bytes) { return Parse(AF_INET, text, bytes.data()); }
bool ParseIpv6(std::string_view text, Ipv6Bytes& bytes) { return Parse(AF_INET6, text, bytes.data()); }

bool IsIpv6(std::string_view text) {
  Ipv6Bytes bytes;
  return ParseIpv6(text, bytes);
}

}  // namespace chartseal::net
