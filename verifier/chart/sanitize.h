#pragma once

#include <string>
#include <string_view>

namespace chartseal::chart {

// `text`, which is UTF-8, as helm keeps it (spec/helm-oci-kubernetes.md §1.1): each Unicode space becomes
// U+0020, each rune that Go's unicode.IsPrint does not know as printable is left out.
std::string Sanitize(std::string_view text);

}  // namespace chartseal::chart
