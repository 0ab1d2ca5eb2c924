#pragma once

#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/release_record.h"
#include "verifier/verification/release_verifier.h"

namespace chartseal::cli {

// 0, 1 or 3, by the answer, whatever the policies' modes: as for artifacts.
ExitCode ExitCodeOf(const verification::ReleaseReport& report);

// Prints what came of verifying a release to standard output, as docs/output.md describes.
void Print(const ReleaseRecord& record, const verification::ReleaseReport& report, OutputFormat format);

}  // namespace chartseal::cli
