#pragma once

#include <string_view>

namespace chartseal::sigstore {

// The text of verifier/sigstore/public_good_root.json, byte for byte: its SHA-256 is that of the TUF target.
// Static lifetime.
std::string_view PublicGoodRootJson();

}  // namespace chartseal::sigstore
