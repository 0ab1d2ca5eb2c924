#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace chartseal {

// Whether `text` is a stream of YAML documents that are mappings or empty, as helm wants values.yaml:
// anchors, aliases, tags and keys of every kind may be in it, and nothing of it is kept, so an alias costs
// nothing. Aliases must name an anchor. Any size; nested no deeper than limits::kMaxJsonDepth. `where` names
// the file in errors: InvalidArgument with Reason::kYamlMalformed, line and column; ResourceExhausted with
// kLimitExceeded.
absl::Status CheckYamlMappings(std::string_view text, std::string_view where);

}  // namespace chartseal
