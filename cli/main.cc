#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "cli/subcommands.h"

namespace {

using chartseal::cli::Action;
using chartseal::cli::ExitCode;

constexpr char kFooter[] =
    "Exit codes: 0 verified, 1 verified not (a \"no\"), 2 wrong usage, 3 could not tell.\n"
    "Try: chartseal verify oci://ghcr.io/acme/charts/app:1.2.3 --certificate-identity … "
    "--certificate-oidc-issuer …";

int Run(int argc, char** argv) {
  CLI::App app{"Verify Helm charts and images by digest against the workflow identity that signed them"};
  app.name("chartseal");
  app.set_version_flag("--version", "chartseal " CHARTSEAL_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  Action action;
  chartseal::cli::AddVerify(app, action);
  chartseal::cli::AddVerifyAttestation(app, action);
  chartseal::cli::AddVerifyBlob(app, action);
  chartseal::cli::AddInspect(app, action);
  chartseal::cli::AddCompletion(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked =
        error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);  // --help, --version
    app.exit(error);
    return static_cast<int>(asked ? ExitCode::kYes : ExitCode::kUsage);
  }
  return static_cast<int>(action());
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a registry that hangs up is an error to report, not an end
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "chartseal: internal error: " << error.what() << "\n";
    return static_cast<int>(ExitCode::kCouldNotTell);
  }
}
