#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"

namespace chartseal::audit {

// Labels of namespaces, for policies that select by them.
using NamespaceLabels = std::map<std::string, policy::Labels, std::less<>>;

// With what images, releases and charts are judged. Borrowed for the audit.
struct Asking {
  const policy::PolicySet& policies;
  const NamespaceLabels& labels;  // a namespace that is not in it: not known
  oci::ArtifactSource& source;    // thread-safe
  std::shared_ptr<const sigstore::TrustedRoot> root;
  const net::Clock& clock;
  absl::Duration time_for_each;  // image, release or chart
  // Told how far it is: "images", 3, 40. From several threads. May be empty.
  std::function<void(std::string_view what, size_t done, size_t all)> progress;

  // Null when they are not known.
  const policy::Labels* LabelsOf(std::string_view namespace_name) const {
    const auto found = labels.find(namespace_name);
    return found == labels.end() ? nullptr : &found->second;
  }
};

// Calls work(0) … work(count - 1), several at a time (limits::kMaxAuditThreads), and tells of progress.
void ForEachInParallel(const Asking& asking, std::string_view what, size_t count,
                       const std::function<void(size_t)>& work);

}  // namespace chartseal::audit
