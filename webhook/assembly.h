#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "webhook/options.h"

namespace chartseal::webhook {

// Everything that serves, put together from the options. Thread-safe but for Stop().
class Assembly {
 public:
  // Reads files, reaches for the cluster, listens. An error says what could not be read, reached or listened
  // on.
  static absl::StatusOr<std::unique_ptr<Assembly>> Start(const Options& options);
  // Takes everything down in the reverse order.
  ~Assembly();

  uint16_t port() const;
  uint16_t ops_port() const;

  // Not ready from now on; answers what is in flight for at most `grace`. Whether all was answered. Call
  // once.
  bool Stop(absl::Duration grace);

 private:
  struct Parts;
  explicit Assembly(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace chartseal::webhook
