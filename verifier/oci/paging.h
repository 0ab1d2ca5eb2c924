#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/net/headers.h"
#include "verifier/net/url.h"

namespace chartseal::oci {

// Walks the pages of a list by Link: <...>; rel="next" (distribution spec; RFC 8288). Not thread-safe.
class Paging {
 public:
  explicit Paging(int max_pages) : pages_left_(max_pages) {}

  // The page after the one at `page`; nullopt after the last, and when the link leads to a page that was
  // there already. PermissionDenied/kDialRefused when it leads to another server; ResourceExhausted/
  // kLimitExceeded when there are too many pages.
  absl::StatusOr<std::optional<net::Url>> Next(const net::Url& page, const net::Headers& headers);

 private:
  int pages_left_;
  std::set<std::string> seen_;
};

}  // namespace chartseal::oci
