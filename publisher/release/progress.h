#pragma once

#include <string_view>

namespace chartseal::publisher {

// Told of what a chain of steps does, one line each, for whoever watches. Calls come from one thread.
class Progress {
 public:
  virtual ~Progress() = default;
  // "push", "ghcr.io/org/charts/app:1.2.3".
  virtual void Begin(std::string_view step, std::string_view about) = 0;
  // Ended well: "sha256:…", or "was there already".
  virtual void Done(std::string_view outcome) = 0;
  virtual void Failed(std::string_view why) = 0;
};

}  // namespace chartseal::publisher
