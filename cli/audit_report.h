#pragma once

#include "audit/result.h"
#include "cli/exit_code.h"
#include "cli/flags.h"

namespace chartseal::cli {

// Findings of an audit as a table and a summary, or as JSON (docs/output.md).
void PrintAudit(const audit::Findings& findings, OutputFormat format);
ExitCode ExitCodeOf(audit::Verdict verdict);

// What would be denied if all policies were enforced; `findings` are of such policies.
void PrintShadow(const audit::Findings& findings, OutputFormat format);
// No when something would be denied for good, could not tell when nobody can tell.
ExitCode ExitCodeOfShadow(const audit::Findings& findings);

}  // namespace chartseal::cli
