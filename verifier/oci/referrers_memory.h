#pragma once

#include <mutex>
#include <set>
#include <string>

#include "verifier/base/limits.h"

namespace chartseal::oci {

// Which registries have shown the referrers API. What one has shown is asked first, never relied on: a
// registry that loses the API is forgotten. Thread-safe.
class ReferrersMemory {
 public:
  // `host` as in Reference::host().
  bool HasApi(const std::string& host) const {
    const std::lock_guard lock(mutex_);
    return hosts_.contains(host);
  }

  void Remember(const std::string& host, bool has_api) {
    const std::lock_guard lock(mutex_);
    if (!has_api) {
      hosts_.erase(host);
      return;
    }
    // Starting afresh costs one request for each registry, and bounds what hostile names can fill.
    if (hosts_.size() == limits::kMaxRememberedRegistries) hosts_.clear();
    hosts_.insert(host);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> hosts_;
};

}  // namespace chartseal::oci
