#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "verifier/net/http_client.h"

namespace chartseal::oci {

// What an answer other than the one hoped for means (spec/helm-oci-kubernetes.md §3.5): 401
// Unauthenticated/kUnauthorized; 403 PermissionDenied/kUnauthorized; 404 NotFound/kNotFound; 429
// ResourceExhausted/kRateLimited; 408, 499 and 5xx Unavailable/kRegistryError; the rest
// FailedPrecondition/kRegistryError. The message holds `where`, the status and the registry's own codes and
// messages, bounded and without secrets.
absl::Status ErrorFromResponse(std::string_view where, const net::HttpResponse& response);
// The same with advice of the caller's own, put in brackets; "" for none.
absl::Status ErrorFromResponse(std::string_view where, const net::HttpResponse& response,
                               std::string_view advice);

// The codes that the registry's answer names ("DENIED", "TAG_INVALID"), bounded; unprintable ones escaped.
std::vector<std::string> ErrorCodes(const net::HttpResponse& response);

// Text from outside made fit for a message: printable, at most `max_bytes`, with the queries of URLs and
// what looks like a token taken out.
std::string Redact(std::string_view text, size_t max_bytes);

}  // namespace chartseal::oci
