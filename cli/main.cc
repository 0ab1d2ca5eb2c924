#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>

#include "cli/subcommands.h"
#include "verifier/base/strings.h"

namespace {

using chartseal::cli::Action;
using chartseal::cli::ExitCode;

constexpr char kExitCodes[] =
    "Exit codes: 0 yes or done, 1 a definite no, 2 wrong usage, 3 could not tell or be done.";
constexpr char kExample[] =
    "\nTry: chartseal verify oci://ghcr.io/acme/charts/app:1.2.3 --certificate-identity … "
    "--certificate-oidc-issuer …";

// CLI11 says only that a subcommand is required when there is one that it does not know.
void NameUnknownSubcommand(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-' || !app.get_subcommands().empty()) return;
  std::cerr << "chartseal: no subcommand is called \"" << chartseal::Printable(argv[1], 80) << "\"\n";
}

int Run(int argc, char** argv) {
  CLI::App app{
      "Publish Helm charts signed by digest, and verify charts and images against the workflow identity that "
      "signed them"};
  app.name("chartseal");
  app.set_version_flag("--version", "chartseal " CHARTSEAL_VERSION);
  app.require_subcommand(1);
  app.footer(kExitCodes);  // subcommands inherit it
  Action action;
  chartseal::cli::AddVerify(app, action);
  chartseal::cli::AddVerifyAttestation(app, action);
  chartseal::cli::AddVerifyBlob(app, action);
  chartseal::cli::AddInspect(app, action);
  chartseal::cli::AddExplain(app, action);
  chartseal::cli::AddPackage(app, action);
  chartseal::cli::AddPush(app, action);
  chartseal::cli::AddSign(app, action);
  chartseal::cli::AddSignBlob(app, action);
  chartseal::cli::AddAttest(app, action);
  chartseal::cli::AddPublish(app, action);
  chartseal::cli::AddCheck(app, action);
  chartseal::cli::AddFingerprint(app, action);
  chartseal::cli::AddAudit(app, action);
  chartseal::cli::AddHelm(app, action);
  chartseal::cli::AddCompletion(app, action);
  app.footer(std::string(kExitCodes) + kExample);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked =
        error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);  // --help, --version
    if (!asked) NameUnknownSubcommand(app, argc, argv);
    app.exit(error);
    return static_cast<int>(asked ? ExitCode::kYes : ExitCode::kUsage);
  }
  return static_cast<int>(action());
}

// A verdict that never reached its reader (a full disk, a closed pipe) must not pass for one.
bool OutputWasWritten() {
  std::cout.flush();
  return std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a registry that hangs up is an error to report, not an end
  try {
    const int code = Run(argc, argv);
    if (OutputWasWritten()) return code;
    std::cerr << "chartseal: standard output could not be written\n";
    return code == 0 ? static_cast<int>(ExitCode::kCouldNotTell) : code;
  } catch (const std::exception& error) {
    std::cerr << "chartseal: internal error: " << error.what() << "\n";
    return static_cast<int>(ExitCode::kCouldNotTell);
  }
}
