#pragma once

#include <memory>
#include <string_view>

#include "verifier/policy/label_selector.h"

namespace chartseal::webhook {

// The labels of namespaces, for policies that select by them. Thread-safe; never waits.
class NamespaceLabels {
 public:
  virtual ~NamespaceLabels() = default;
  // Null when the namespace is not known (yet).
  virtual std::shared_ptr<const policy::Labels> Of(std::string_view namespace_name) const = 0;
};

}  // namespace chartseal::webhook
