#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/oci/reference.h"

namespace chartseal::webhook {

// Tags of repositories, as registries have them now. Thread-safe.
class TagLists {
 public:
  virtual ~TagLists() = default;
  // As ArtifactSource::ListTags(). Returns soon after `deadline`.
  virtual absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                            absl::Time deadline) = 0;
};

}  // namespace chartseal::webhook
