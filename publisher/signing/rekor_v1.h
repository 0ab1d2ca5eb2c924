#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "publisher/signing/service_call.h"
#include "verifier/base/node.h"

// Rekor's v1 API: spec/sigstore.md §5.4.
namespace chartseal::publisher {

// Posts a proposed entry of `kind` and `version`; an equivalent one that the log has already is as good.
absl::StatusOr<Node> PostToRekorV1(const ServiceCaller& caller, std::string_view base_url,
                                   std::string_view kind, std::string_view version, Node spec,
                                   absl::Time deadline);

// The TransparencyLogEntry that a v1 answer ({"UUID": {…}}) describes. InvalidArgument (kRekorFailed) when it
// cannot be read, or is not of this kind and version.
absl::StatusOr<Node> EntryFromRekorV1(std::string_view answer, std::string_view kind,
                                      std::string_view version);

}  // namespace chartseal::publisher
