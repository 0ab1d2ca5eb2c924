#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chartseal::net {

// An absolute http or https URL (RFC 3986) without user information and fragment. The path and the query are
// kept byte for byte as they came, because pre-signed blob URLs break when anything is re-encoded. A value
// type; always well-formed: no control characters, blanks or non-ASCII bytes anywhere.
class Url {
 public:
  // InvalidArgument (Reason::kRegistryError) on anything else; the message never shows the query.
  static absl::StatusOr<Url> Parse(std::string_view text);

  // What a Location, Link or realm value means when it stands in an answer to this URL (RFC 3986 §5.2). A
  // fragment is dropped. Errors as Parse.
  absl::StatusOr<Url> Resolve(std::string_view reference) const;

  // "http" or "https".
  const std::string& scheme() const { return scheme_; }
  bool is_https() const { return scheme_ == "https"; }
  // Lower case; an IPv6 literal without its brackets.
  const std::string& host() const { return host_; }
  // The port that is dialled: the explicit one or the scheme's.
  uint16_t port() const { return port_; }
  // Starts with "/".
  const std::string& path() const { return path_; }
  // Without "?"; verbatim. Empty when there is none.
  const std::string& query() const { return query_; }

  // "host" or "host:port", brackets around IPv6; the scheme's default port is left out.
  std::string Authority() const;
  // "https://host:port": what Authorization is bound to.
  std::string Origin() const;
  bool SameOrigin(const Url& other) const { return Origin() == other.Origin(); }
  std::string ToString() const;
  // For messages: the query, which may hold a token or a signature, is shown as "?...".
  std::string Redacted() const;

  // The same URL with another query (verbatim, without "?").
  absl::StatusOr<Url> WithQuery(std::string_view query) const;

 private:
  Url() = default;
  absl::Status ParseAuthority(std::string_view authority);
  absl::Status SetTail(std::string_view tail);

  std::string scheme_;
  std::string host_;
  uint16_t port_ = 0;
  std::string path_ = "/";
  bool has_query_ = false;
  std::string query_;
};

// Percent-encodes everything but unreserved characters (RFC 3986 §2.3), for a query value or a path segment.
std::string PercentEncode(std::string_view text);

}  // namespace chartseal::net
