// chartseal-webhook: answers the API server's admission requests (docs/webhook.md). Exit codes: 0 stopped
// when told to, 2 wrong usage or a malformed policy, 3 something that it needs could not be read or listened
// on.

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "webhook/assembly.h"
#include "webhook/options.h"

namespace chartseal::webhook {
namespace {

constexpr int kWrongUsage = 2;
constexpr int kCouldNot = 3;

int Fail(int code, const absl::Status& status) {
  std::fprintf(stderr, "chartseal-webhook: %s\n", Message(status).c_str());
  return code;
}

absl::StatusOr<Options> OptionsOf(Settings flags, const std::string& config_file) {
  if (config_file.empty()) return MakeOptions(flags);
  ASSIGN_OR_RETURN(const std::string text, ReadFile(config_file, limits::kMaxYamlBytes));
  ASSIGN_OR_RETURN(Settings file, ReadSettings(text, config_file));
  return MakeOptions(Merge(std::move(flags), std::move(file)));
}

// Blocks the signals that end the process in every thread; the main thread waits for them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

int Serve(const Options& options) {
  const sigset_t signals = BlockSignals();
  log::SetLevel(options.log_level);
  const absl::StatusOr<std::unique_ptr<Assembly>> webhook = Assembly::Start(options);
  if (!webhook.ok()) return Fail(kCouldNot, webhook.status());
  log::Info("listening", {{"address", options.listen.address},
                          {"port", std::to_string((*webhook)->port())},
                          {"ops_address", options.ops_listen.address},
                          {"ops_port", std::to_string((*webhook)->ops_port())}});
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  log::Info("draining", {{"signal", std::to_string(signal_number)}});
  const bool finished = (*webhook)->Stop(limits::kMaxDrainTime);
  log::Info("stopped", {{"all_requests_answered", finished ? "true" : "false"}});
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app("Admits images to a Kubernetes cluster by who signed them.", "chartseal-webhook");
  Settings flags;
  std::string config_file;
  for (const SettingField& setting : SettingFields()) {
    app.add_option(Cat("--", setting.name), flags.*setting.field, std::string(setting.help))
        ->type_name(std::string(setting.value_name));
  }
  for (const ListField& setting : ListFields()) {
    app.add_option(Cat("--", setting.name), flags.*setting.field,
                   Cat(setting.help, "; may be given several times"))
        ->type_name(std::string(setting.value_name))
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  for (const SwitchField& setting : SwitchFields()) {
    app.add_flag(Cat("--", setting.name), flags.*setting.field, std::string(setting.help));
  }
  app.add_option("--config", config_file, "YAML file with the same names as keys; flags win")
      ->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  const absl::StatusOr<Options> options = OptionsOf(std::move(flags), config_file);
  if (!options.ok()) return Fail(kWrongUsage, options.status());
  return Serve(*options);
}

}  // namespace
}  // namespace chartseal::webhook

int main(int argc, char** argv) { return chartseal::webhook::Main(argc, argv); }
