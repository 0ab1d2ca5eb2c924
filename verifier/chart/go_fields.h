#pragma once

#include <span>
#include <string_view>

namespace chartseal::chart {

// Which of `names`, the fields of a Go struct, encoding/json fills from `key` although that is spelled
// otherwise; "" when it is one of them as it stands, or none. It ignores case, also of the two letters
// outside of ASCII that fold to ASCII ones. One of `names`, so of their lifetime.
std::string_view FieldOfOtherSpelling(std::string_view key, std::span<const std::string_view> names);

}  // namespace chartseal::chart
