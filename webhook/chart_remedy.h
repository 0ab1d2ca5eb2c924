#pragma once

#include <string>
#include <string_view>

#include "verifier/base/reason.h"

namespace chartseal::webhook {

// As Remedy(), of a chart that an object names.
std::string ChartRemedy(Reason reason, std::string_view host, std::string_view name);

}  // namespace chartseal::webhook
