#pragma once

#include "verifier/base/node.h"

namespace chartseal::chart {

// Members that the API is not known to have, in the version that is known here (v1 of Kubernetes 1.34).
enum class UnknownMembers { kKeep, kDrop };

// The spec of a CustomResourceDefinition without what may differ between two texts that mean the same
// (definition.h), defaults filled in.
Node NormalDefinition(const Node& spec, UnknownMembers unknown);

}  // namespace chartseal::chart
