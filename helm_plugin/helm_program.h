#pragma once

#include <signal.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// helm as a child process.
namespace chartseal::helm_plugin {

// The program that `named` (the variable HELM_BIN, which helm sets for its plugins) says: a path, or a name
// that is looked for in the directories of `search_path`. FailedPrecondition with kHelmFailed when there is
// none.
absl::StatusOr<std::string> FindHelm(std::string_view named, std::string_view search_path);

// What `helm version` prints: "v3.17.3", "v4.1.4+g05fa379". FailedPrecondition with kHelmFailed when it
// cannot be run or prints something else.
absl::StatusOr<std::string> HelmVersion(const std::string& helm);

// Whether this version installs exactly what a digest names. 3.16 refuses digests, 3.17 takes them but
// follows the tag where there is one (spec/helm-oci-kubernetes.md §2.2); from 3.18 on they are honoured. A
// version that cannot be read does not count as one.
bool HonoursDigests(std::string_view version);

// As long as one lives, no signal that asks this process to end does so, so that whoever waits for helm can
// still clean up: while helm runs, what a terminal sends (Ctrl-C) is helm's own to act on, and SIGTERM and
// SIGHUP are passed on to it; what comes before that keeps RunHelm() from running it. Signals that are
// ignored already (nohup) stay so, for helm too. One at a time in a process.
class SignalsForHelm {
 public:
  SignalsForHelm();
  ~SignalsForHelm();
  SignalsForHelm(const SignalsForHelm&) = delete;
  SignalsForHelm& operator=(const SignalsForHelm&) = delete;

 private:
  static constexpr std::array<int, 4> kSignals = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

// Runs helm with our standard input, output and error, and waits for it: its exit code, or 128 and the number
// of the signal that ended it or that came first.
absl::StatusOr<int> RunHelm(const std::string& helm, const std::vector<std::string>& words,
                            const SignalsForHelm& signals);

}  // namespace chartseal::helm_plugin
