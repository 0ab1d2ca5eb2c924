#include "helm_plugin/helm_program.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/semver.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/child_process.h"

extern char** environ;

namespace chartseal::helm_plugin {
namespace {

absl::Status HelmFailed(std::string_view what) {
  return WithReason(absl::FailedPreconditionError(ToAbsl(what)), Reason::kHelmFailed);
}

bool IsProgram(const std::string& path) { return access(path.c_str(), X_OK) == 0; }

// The child that signals are passed on to; 0 without one. A signal that comes before it is known waits.
volatile sig_atomic_t child_pid = 0;
volatile sig_atomic_t waiting_signal = 0;

void Take(int signal_number) {
  const int saved = errno;
  if (child_pid == 0) {
    waiting_signal = signal_number;
  } else if (signal_number == SIGTERM || signal_number == SIGHUP) {
    kill(child_pid, signal_number);  // the others a terminal has sent to the whole group
  }
  errno = saved;
}

absl::StatusOr<pid_t> Spawn(const std::string& helm, const std::vector<std::string>& words) {
  std::vector<std::string> texts = {helm};
  texts.insert(texts.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // ignored here
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, helm.c_str(), nullptr, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return HelmFailed(Cat(Printable(helm), ": ", std::strerror(error)));
  return pid;
}

}  // namespace

absl::StatusOr<std::string> FindHelm(std::string_view named, std::string_view search_path) {
  const std::string name(named.empty() ? "helm" : named);
  if (name.find('/') != std::string::npos) {
    if (IsProgram(name)) return name;
    return HelmFailed(Cat("HELM_BIN: ", Printable(name), " is no program"));
  }
  while (!search_path.empty()) {
    const size_t end = std::min(search_path.find(':'), search_path.size());
    const std::string path = Cat(search_path.substr(0, end), "/", name);
    if (end > 0 && IsProgram(path)) return path;
    search_path.remove_prefix(std::min(end + 1, search_path.size()));
  }
  return HelmFailed(Cat(Printable(name), " is in no directory of PATH; name it with HELM_BIN"));
}

absl::StatusOr<std::string> HelmVersion(const std::string& helm) {
  const auto said = oci::RunChild(helm, {"version", "--template", "{{.Version}}"}, "",
                                  limits::kMaxVersionBytes, limits::kMaxHelperTime);
  if (!said.ok()) return HelmFailed(Cat(Printable(helm), " version: ", Message(said.status())));
  if (said->exit_code != 0) return HelmFailed(Cat(Printable(helm), " version: exit code ", said->exit_code));
  return std::string(FromAbsl(absl::StripAsciiWhitespace(said->output)));
}

bool HonoursDigests(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  const auto parsed = SemVer::Parse(version);
  if (!parsed.ok()) return false;
  return parsed->Compare(*SemVer::Parse("3.18.0")) >= 0;
}

SignalsForHelm::SignalsForHelm() {
  struct sigaction take = {};
  take.sa_handler = Take;
  take.sa_flags = SA_RESTART;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &take, nullptr);
  }
}

SignalsForHelm::~SignalsForHelm() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  child_pid = 0;
  waiting_signal = 0;
}

absl::StatusOr<int> RunHelm(const std::string& helm, const std::vector<std::string>& words,
                            const SignalsForHelm&) {
  if (waiting_signal != 0) return 128 + waiting_signal;
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(helm, words));
  child_pid = pid;
  if (waiting_signal != 0) kill(pid, waiting_signal);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return HelmFailed(Cat(Printable(helm), ": ", std::strerror(errno)));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace chartseal::helm_plugin
