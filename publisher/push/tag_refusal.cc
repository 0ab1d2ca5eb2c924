#include "publisher/push/tag_refusal.h"

#include <algorithm>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_error.h"

namespace chartseal::publisher {

bool SaysTagIsImmutable(const net::HttpResponse& response) {
  if (response.status < 400 || response.status >= 500) return false;
  const std::vector<std::string> codes = oci::ErrorCodes(response);
  return std::find(codes.begin(), codes.end(), "TAG_INVALID") != codes.end() ||
         Mentions(response, "immutable");
}

absl::Status TagRefused(const WriteStep& step, std::string_view tag, const net::HttpResponse& response) {
  if (!SaysTagIsImmutable(response)) return step.Refused(response);
  const bool derived = tag.starts_with("sha256-") || tag.starts_with("sha512-");
  return oci::ErrorFromResponse(
      step.where(), response,
      derived
          ? "the registry's rule of immutable tags covers this tag, which has to be rewritten with each "
            "signature; make an exception for sha256-*, or use a registry with the referrers API"
          : "the registry does not let this tag be written again; raise the chart's version, or change the "
            "rule of immutable tags");
}

}  // namespace chartseal::publisher
