#pragma once

#include <string_view>

namespace chartseal::publisher {

// The text of publisher/signing/public_good_signing_config.json: the services of the TUF target
// signing_config.v0.2.json in our own writing. Static lifetime.
std::string_view PublicGoodSigningConfigJson();

}  // namespace chartseal::publisher
