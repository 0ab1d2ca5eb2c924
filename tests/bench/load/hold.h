#pragma once

#include <string_view>

namespace chartseal::load {

// See main.cc. The exit code.
int Hold(int port, int connections, std::string_view manner);

}  // namespace chartseal::load
