#pragma once

#include <functional>

#include "cli/exit_code.h"

namespace CLI {
class App;
}

namespace chartseal::cli {

// What the chosen subcommand does; set when it has been parsed. A thrown exception never leaves it.
using Action = std::function<ExitCode()>;

// Each adds one subcommand with its flags to `app`; when the user chose it, `action` is set.
void AddVerify(CLI::App& app, Action& action);
void AddVerifyAttestation(CLI::App& app, Action& action);
void AddVerifyBlob(CLI::App& app, Action& action);
void AddInspect(CLI::App& app, Action& action);
void AddExplain(CLI::App& app, Action& action);
void AddPackage(CLI::App& app, Action& action);
void AddPush(CLI::App& app, Action& action);
void AddSign(CLI::App& app, Action& action);
void AddSignBlob(CLI::App& app, Action& action);
void AddAttest(CLI::App& app, Action& action);
void AddPublish(CLI::App& app, Action& action);
void AddCheck(CLI::App& app, Action& action);
void AddFingerprint(CLI::App& app, Action& action);
void AddAudit(CLI::App& app, Action& action);
void AddHelm(CLI::App& app, Action& action);
void AddCompletion(CLI::App& app, Action& action);

}  // namespace chartseal::cli
