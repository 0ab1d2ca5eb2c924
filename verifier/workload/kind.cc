#include "verifier/workload/kind.h"

#include "verifier/base/strings.h"

namespace chartseal::workload {

std::string GroupVersionKind::ToString() const {
  return group.empty() ? Cat(version, " ", kind) : Cat(group, "/", version, " ", kind);
}

}  // namespace chartseal::workload
