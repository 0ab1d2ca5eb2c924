#pragma once

#include <string>

#include "verifier/net/headers.h"

namespace chartseal::oci {

// The Content-Type of an answer in lower case and without parameters; "" when there is none.
std::string ContentTypeOf(const net::Headers& headers);

}  // namespace chartseal::oci
