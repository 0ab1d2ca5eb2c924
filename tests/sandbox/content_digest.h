#pragma once

#include <string>
#include <string_view>

namespace chartseal::sandbox {

// The OCI digest of `bytes`: "sha256:" and 64 lower-case hex digits. The sandbox has its own so that a
// mistake in the verifier's cannot cancel itself out.
std::string ContentDigest(std::string_view bytes);

// Whether `text` has exactly the shape that ContentDigest returns.
bool IsContentDigest(std::string_view text);

}  // namespace chartseal::sandbox
