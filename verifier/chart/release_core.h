#pragma once

#include <string>

#include "verifier/base/json_document.h"

namespace chartseal::chart {

// SHA-256, in hex, of a canonical form of the record without what changes while a revision lives
// (spec/helm-oci-kubernetes.md §4.5.3): `info`, of each hook `last_run` and `delete_policies`, and times of
// files, which helm 4 adds to a record that helm 3 wrote. All other members count, those that are not known
// too. Two records differ in it unless they are the same to helm: neither the order of members nor white
// space matter, numbers are doubles, as Go reads values, and a field of one of helm's own structs may as well
// be absent as null. `root` is the whole record; a name that Go would take for one of its fields although it
// is spelled otherwise counts as a member that is not known.
std::string CoreOfRelease(JsonValue root);

}  // namespace chartseal::chart
