#pragma once

#include <string>
#include <string_view>

#include "verifier/base/reason.h"

namespace chartseal::webhook {

// What a person can do about an image that was not admitted for `reason`: one clause, for the end of a
// denial. `host` is the registry, `name` the repository with it; both may be empty.
std::string Remedy(Reason reason, std::string_view host, std::string_view name);

}  // namespace chartseal::webhook
