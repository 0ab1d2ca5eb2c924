#pragma once

#include <string>

#include "webhook/admission_review.h"

namespace chartseal::webhook {

// What a Kubernetes Event is attached to, so that `kubectl describe` shows it there.
struct InvolvedObject {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string namespace_name;  // of the Event too; empty for cluster-scoped objects
  std::string uid;             // empty when it is not known

  friend auto operator<=>(const InvolvedObject&, const InvolvedObject&) = default;
};

// On UPDATE the object itself. What is refused on CREATE never exists: then the controller that wanted it
// (metadata.ownerReferences), else its namespace; for a cluster-scoped object what it would have been called.
InvolvedObject InvolvedIn(const AdmissionRequest& request);

}  // namespace chartseal::webhook
