#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "verifier/oci/manifest.h"

namespace chartseal::publisher {

// The config of a referrer: two bytes that every registry may share.
inline constexpr std::string_view kEmptyConfig = "{}";

// The image manifest that attaches a bundle with an envelope to `subject` (spec/sigstore.md §1.4). Of
// `subject`, media type, digest and size are written; of `bundle`, digest and size. The annotations are hints
// for people.
std::string MakeReferrerManifest(const oci::Descriptor& subject, const oci::Descriptor& bundle,
                                 std::string_view predicate_type, absl::Time created);

}  // namespace chartseal::publisher
