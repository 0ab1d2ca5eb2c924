#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace chartseal::publisher {

// A tar archive of regular files as Go's archive/tar writes helm's (spec/helm-oci-kubernetes.md §1.5): ustar
// headers of mode 0644 without owners; a long name is split into prefix and name where that is possible, and
// stands in a pax record before its entry where it is not, or where it is not ASCII; two blocks of zeros at
// the end and nothing behind them.
class TarWriter {
 public:
  // Every entry gets the time `modified`. Requires whole seconds that eleven octal digits hold (IsTarTime).
  explicit TarWriter(absl::Time modified) : modified_(modified) {}

  void Add(std::string_view name, std::string_view bytes);
  // The archive. Call once, last.
  std::string Finish();

 private:
  absl::Time modified_;
  std::string out_;
};

// Whether a tar header holds this time: not before 1970, not after 2242.
bool IsTarTime(absl::Time time);

}  // namespace chartseal::publisher
