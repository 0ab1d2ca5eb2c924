#pragma once

#include <signal.h>
#include <sys/wait.h>

#include <atomic>

#include "tests/sandbox/fault.h"

namespace chartseal::cli {

// Kills a process when servers have carried out one of its requests that write, and before it hears of it:
// the worst moment, for what was done is done and nobody has been told.
class Killer {
 public:
  // Counts the requests to the server with this plan from now on. Outlives it.
  void Watch(sandbox::FaultPlan& plan) {
    plan.Add({.times = -1, .rewrite = [this](const sandbox::HttpRequest& request, auto&) {
                if (request.method != "GET" && request.method != "HEAD") CarriedOut();
              }});
  }

  // Before the process is started: it will be killed at its `write`-th request that writes, counted from 1;
  // 0: it is left alone.
  void Arm(int write) {
    victim_ = 0;
    writes_ = 0;
    wanted_ = write;
  }
  // Right after it was started.
  void SetVictim(pid_t pid) {
    victim_ = pid;
    victim_.notify_all();
  }
  int writes() const { return writes_; }

 private:
  void CarriedOut() {
    victim_.wait(0);
    if (++writes_ != wanted_) return;
    kill(victim_, SIGKILL);
    // Dead before the answer is on its way. Whoever started the process collects it.
    siginfo_t info = {};
    waitid(P_PID, static_cast<id_t>(victim_.load()), &info, WEXITED | WNOWAIT);
  }

  std::atomic<pid_t> victim_ = 0;
  std::atomic<int> writes_ = 0;
  std::atomic<int> wanted_ = 0;
};

}  // namespace chartseal::cli
