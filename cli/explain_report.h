#pragma once

#include <string>

#include "cli/exit_code.h"
#include "cli/flags.h"
#include "verifier/verification/decision_record.h"
#include "verifier/verification/replay.h"

namespace chartseal::cli {

// A decision record and what came of judging it again.
struct Explained {
  std::string file;
  const verification::DecisionRecord& record;
  verification::Replay replay;
  std::string policy_file;  // empty: under the recorded policies
};

ExitCode ExitCodeOf(verification::ReplayResult result);

// Prints it to standard output, as docs/output.md describes.
void PrintExplanation(const Explained& explained, OutputFormat format);

}  // namespace chartseal::cli
