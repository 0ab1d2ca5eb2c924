#pragma once

#include <string_view>

namespace chartseal::publisher {

// Whether the YAML library of helm (goyaml v2, as sigs.k8s.io/yaml uses it) would read `text`, written
// without quotes, as something other than that string: null, a boolean of YAML 1.1, a number in any of its
// notations, a timestamp, or a base-60 number, which it does not read but quotes all the same. Such a string
// is written in double quotes.
bool ReadsAsOtherThanString(std::string_view text);

}  // namespace chartseal::publisher
