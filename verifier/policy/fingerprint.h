#pragma once

#include <string>
#include <string_view>

#include "verifier/base/node.h"

namespace chartseal::policy {

// SHA-256, in hex, of what `content` says, under the name of what it is ("chartseal.dev/v1alpha1
// VerificationPolicy"). The order of members, the spelling (YAML or JSON), line numbers and members that are
// null make no difference; everything else does. No two different contents share an input to the hash.
std::string Fingerprint(std::string_view domain, const Node& content);

}  // namespace chartseal::policy
