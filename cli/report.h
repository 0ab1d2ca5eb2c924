#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/subcommands.h"
#include "verifier/base/node.h"
#include "verifier/verification/verdict.h"

namespace chartseal::cli {

// What came of one artifact under one requirement.
struct Outcome {
  std::string subject;  // as the user named it
  std::string policy;   // the policy's name; empty for a requirement made from flags
  absl::StatusOr<verification::Verdict> verdict;
};

// The exit code for all together (cli/exit_code.h).
ExitCode ExitCodeOf(const std::vector<Outcome>& outcomes);
// FailedPrecondition with a reason that says no is a definite refusal (1); what else is no wrong usage is 3.
ExitCode ExitCodeOf(const absl::Status& status);

// Prints the outcomes to standard output, as docs/output.md describes. With `with_predicate`, JSON carries
// the predicate of the accepted attestation.
void Print(const std::vector<Outcome>& outcomes, OutputFormat format, bool with_predicate = false);

// Prints an error that is about no artifact in particular: to standard error, and in JSON to standard output
// as well. Returns its exit code.
ExitCode Fail(const absl::Status& status, OutputFormat format);

// What a subcommand does when it was chosen: runs, and turns an error into its message and exit code.
template <typename Flags>
Action ActionOf(std::shared_ptr<Flags> flags, absl::StatusOr<ExitCode> (*run)(const Flags&)) {
  return [flags, run] {
    const absl::StatusOr<ExitCode> code = run(*flags);
    return code.ok() ? *code : Fail(code.status(), flags->output);
  };
}

// What a subcommand calls flags that not all have by the same name.
struct FlagNames {
  std::string_view timeout = "--timeout";
  std::string_view plain_http = "--plain-http";
  std::string_view credential = "--username and --password-stdin";
};

// What a person can do about a "could not tell" of a registry; empty when the message says it already.
std::string NextStep(Reason reason, const FlagNames& flags = {});

// `text` with control characters escaped, so that what a registry or a signer wrote cannot steer the
// terminal.
std::string ForTerminal(std::string_view text);

// "  label        text", where there is a text.
void PrintLine(std::string_view label, std::string_view text);

// `word` in the colour of a yes, a no or neither, when standard output is a terminal.
std::string ForVerdict(bool yes, bool no, std::string_view word);

// Who signed, when, and which logs know of it, in such lines.
void PrintSigner(const sigstore::VerifiedSignature& signature);

// One attached thing and what came of it, for JSON output.
Node DescribeFinding(const verification::Finding& finding, bool with_predicate);

// The facts of a verified signature: identity, issuer, claims, key, times, log entries. For JSON output.
Node Describe(const sigstore::VerifiedSignature& signature, bool with_predicate);

}  // namespace chartseal::cli
