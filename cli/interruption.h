#pragma once

#include <signal.h>

#include <array>

namespace chartseal::cli {

// As long as one lives, SIGINT, SIGTERM and SIGHUP do not end the process but ask it to stop, so that it can
// say what was done by then; the second of a kind ends it all the same. Signals that are ignored already
// (nohup) stay so. One at a time in a process.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool IsAskedFor() const;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

}  // namespace chartseal::cli
