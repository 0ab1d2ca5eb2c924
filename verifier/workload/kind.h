#pragma once

#include <string>

namespace chartseal::workload {

// What an object of Kubernetes is, in the version that it is written in.
struct GroupVersionKind {
  std::string group;  // empty for the core group
  std::string version;
  std::string kind;

  // "apps/v1 Deployment", "v1 Pod".
  std::string ToString() const;
  friend bool operator==(const GroupVersionKind&, const GroupVersionKind&) = default;
};

}  // namespace chartseal::workload
