#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

namespace chartseal::publisher {

// A map as helm writes Chart.yaml and Chart.lock (sigs.k8s.io/yaml over goyaml v2;
// spec/helm-oci-kubernetes.md §1.5): keys sorted as goyaml sorts them, block style, lists not indented, lines
// folded behind column 80, strings plain where they can be, else in single or double quotes, those with line
// breaks as literals. The bytes are those of helm 3.17 and 4.2, except that keys which differ first in a
// rarer sign outside ASCII may come in another order. `node` is a map of strings, booleans, integers, lists
// and maps (no list of lists; lists and maps only behind keys of one short line), as ToNode() of
// verifier/chart/metadata.h makes it; numbers that are no integers are a mistake of the caller. `where` names
// the file in errors: FailedPrecondition with Reason::kChartRefused for a text with characters that helm
// refuses to write or writes as others (control characters above U+007E, U+2028, U+2029, U+FEFF).
absl::StatusOr<std::string> WriteGoYaml(const Node& node, std::string_view where);

// Whether goyaml puts key `a` before `b`: letters after everything else, runs of digits by their value.
bool GoYamlKeyLess(std::string_view a, std::string_view b);

}  // namespace chartseal::publisher
