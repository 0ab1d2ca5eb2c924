#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/chart/release.h"

namespace chartseal::chart {

// A record of a release as people have it at hand.
struct ReleaseInput {
  Release release;
  std::string namespace_name;  // of the object around the record; empty without one, or when it names none
};

// Reads `text`, whichever it is: a Secret or ConfigMap as JSON or YAML, the value under `release` of either
// (of a Secret with Kubernetes' base64 or without), or the record's own JSON. Strict and bounded as
// ReadRelease() and EncodedReleaseOf(), with their errors; InvalidArgument with kReleaseMalformed for what is
// none of them, kYamlMalformed for what begins like YAML and is none.
absl::StatusOr<ReleaseInput> ReadReleaseInput(std::string_view text, std::string_view where);

}  // namespace chartseal::chart
