#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "publisher/signing/service_call.h"
#include "verifier/base/node.h"

// Rekor's v2 API: spec/sigstore.md §5.5.
namespace chartseal::publisher {

// Posts a hashedRekordRequestV002, whose members `request` holds. The call returns when a checkpoint covers
// the entry.
absl::StatusOr<Node> PostToRekorV2(const ServiceCaller& caller, std::string_view base_url, Node request,
                                   absl::Time deadline);

// The TransparencyLogEntry of a v2 answer, all members as they came. InvalidArgument (kRekorFailed) when it
// lacks what a bundle needs.
absl::StatusOr<Node> EntryFromRekorV2(std::string_view answer);

}  // namespace chartseal::publisher
