#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "verifier/net/url.h"

// What a name that did not come from the user may lead to (spec/helm-oci-kubernetes.md §3.1 "Realm
// hardening"). The registry is named by the user and may be anywhere. Redirects and token realms are named by
// the registry: they may lead to the registry itself and outwards, never further inside than the registry
// stands.
namespace chartseal::net {

// How far inside an address is.
enum class AddressClass {
  kPublic,
  kPrivate,    // RFC 1918, unique local (fc00::/7), carrier-grade NAT (100.64.0.0/10)
  kLoopback,   // 127.0.0.0/8, ::1
  kForbidden,  // link-local and cloud metadata (169.254.0.0/16, fe80::/10), unspecified, multicast, reserved
};

// Which classes may be dialled.
enum class DialScope {
  kAnything,  // the user named the host
  kPublic,    // kPublic only
  kPrivate,   // kPublic and kPrivate
  kLoopback,  // all but kForbidden
};

bool Allows(DialScope scope, AddressClass address);

// The scope for names that a server standing at `address` hands out.
DialScope ScopeFrom(AddressClass address);

// Classifies an IP address in text form ("10.0.0.1", "fe80::1", without brackets). IPv4 addresses inside IPv6
// (mapped, 6to4, NAT64) count as themselves. Anything that is not an address is kForbidden.
AddressClass ClassifyAddress(std::string_view address);

// Classifies a URL's host as far as that is possible without asking DNS: address literals in every spelling
// that a resolver takes for one (decimal, hexadecimal, short forms) and the names "localhost" and
// "*.localhost"; every other name counts as kPublic until it is dialled.
AddressClass ClassifyHost(std::string_view host);

// Whether `target`, named by an answer from `from`, may be requested at all: the same host always; https is
// required unless `from` is plain http itself; the literal host must be within `scope`. The address really
// dialled is checked by the HTTP client (HttpRequest::dial_scope). PermissionDenied with Reason::kDialRefused
// otherwise; `role` ("token realm", "redirect") is named in the message.
absl::Status CheckNamedByServer(const Url& from, const Url& target, DialScope scope, std::string_view role);

}  // namespace chartseal::net
