#include "verifier/oci/referrers.h"

#include <algorithm>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/content_type.h"
#include "verifier/oci/paging.h"
#include "verifier/oci/registry_error.h"

namespace chartseal::oci {
namespace {

// 501 is how some servers say that they do not know the route.
bool CouldNotTell(int status) {
  return status == 401 || status == 408 || status == 429 || status == 499 || (status >= 500 && status != 501);
}

bool IsIndexAnswer(const net::HttpResponse& response) {
  return response.status == 200 && ContentTypeOf(response.headers) == kOciIndex;
}

absl::Status Append(std::vector<Descriptor>& all, const Manifest& page, std::string_view where) {
  for (const Descriptor& descriptor : page.manifests()) {
    const bool known = std::any_of(all.begin(), all.end(),
                                   [&](const Descriptor& d) { return d.digest == descriptor.digest; });
    if (known) continue;
    if (all.size() == limits::kMaxReferrers) {
      const std::string text = Cat(where, ": more than ", limits::kMaxReferrers, " referrers");
      return WithReason(absl::ResourceExhaustedError(text), Reason::kLimitExceeded);
    }
    all.push_back(descriptor);
  }
  return absl::OkStatus();
}

absl::StatusOr<Manifest> ParseIndex(std::string_view bytes, std::string_view where) {
  ASSIGN_OR_RETURN(Manifest index, Manifest::Parse(bytes, kOciIndex, where));
  if (index.kind() != ManifestKind::kIndex) {
    return Malformed(Reason::kManifestMalformed, where, "expected an OCI index of referrers");
  }
  return index;
}

}  // namespace

absl::StatusOr<std::optional<std::vector<Descriptor>>> ReferrersFromApi(Transport& transport,
                                                                        const Reference& repository,
                                                                        const crypto::Digest& digest,
                                                                        absl::Time deadline, bool push) {
  ASSIGN_OR_RETURN(const net::Url first, transport.UrlOf(repository, Cat("referrers/", digest.ToString())));
  std::vector<Descriptor> all;
  Paging paging(limits::kMaxReferrerPages);
  for (std::optional<net::Url> url = first; url.has_value();) {
    const std::string where = Cat("referrers of ", repository.Name(), "@", digest.ToString());
    ASSIGN_OR_RETURN(const ExchangeResult result,
                     transport.Send({.repository = repository,
                                     .url = *url,
                                     .deadline = deadline,
                                     .headers = {{"Accept", std::string(kOciIndex)}},
                                     .max_body_bytes = limits::kMaxManifestBytes,
                                     .push = push}));
    const net::HttpResponse& response = result.response;
    if (CouldNotTell(response.status)) return ErrorFromResponse(where, response);
    if (!IsIndexAnswer(response)) {
      if (url->ToString() == first.ToString()) return std::nullopt;
      return ErrorFromResponse(where, response);  // a list that breaks off is not a list
    }
    ASSIGN_OR_RETURN(const Manifest page, ParseIndex(response.body, where));
    RETURN_IF_ERROR(Append(all, page, where));
    ASSIGN_OR_RETURN(url, paging.Next(*url, response.headers));
  }
  return all;
}

absl::StatusOr<ReferrersResult> ReferrersFromTag(ArtifactSource& source, const Reference& repository,
                                                 const crypto::Digest& digest, absl::Time deadline) {
  const std::string tag = DigestTag(digest);
  const auto stored = source.FetchManifestByTag(repository, tag, limits::kMaxManifestBytes, deadline);
  if (ReasonOf(stored.status()) == Reason::kNotFound) return ReferrersResult();
  RETURN_IF_ERROR(stored.status());
  const std::string where = Cat("referrers index ", repository.Name(), ":", tag);
  ASSIGN_OR_RETURN(const Manifest index, ParseIndex(stored->bytes, where));
  ReferrersResult result = {.origin = ReferrersOrigin::kFallbackTag};
  RETURN_IF_ERROR(Append(result.descriptors, index, where));
  return result;
}

}  // namespace chartseal::oci
