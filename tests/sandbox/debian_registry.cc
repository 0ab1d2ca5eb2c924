#include "tests/sandbox/debian_registry.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <httplib.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace chartseal::sandbox {
namespace {

constexpr const char* kProgram = "/usr/bin/docker-registry";
constexpr absl::Duration kStartLimit = absl::Seconds(20);
constexpr absl::Duration kStopLimit = absl::Seconds(5);
constexpr int kPortAttempts = 5;  // another process may take the port that we found free
constexpr std::size_t kLogTailBytes = 2000;

// A port that was free a moment ago; 0 when there is none.
std::uint16_t FreePort() {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  bool ok = bind(fd, raw, size) == 0 && getsockname(fd, raw, &size) == 0;
  close(fd);
  return ok ? ntohs(address.sin_port) : 0;
}

bool WriteConfiguration(const std::string& directory, std::uint16_t port) {
  std::ofstream out(directory + "/config.yml");
  out << "version: 0.1\n"
      << "log: {level: warn, accesslog: {disabled: true}}\n"
      << "storage: {filesystem: {rootdirectory: " << directory << "/store}, delete: {enabled: true}}\n"
      << "http: {addr: \"127.0.0.1:" << port << "\"}\n";
  return out.flush().good();
}

// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void Exec(const char* configuration, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(126);
  int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out >= 0) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
  }
  execl(kProgram, kProgram, "serve", configuration, static_cast<char*>(nullptr));
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<DebianRegistry>> DebianRegistry::Start() {
  if (access(kProgram, X_OK) != 0) {
    return absl::NotFoundError(absl::StrCat(kProgram, " is missing: install the package docker-registry"));
  }
  absl::Status status;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    absl::StatusOr<TemporaryDirectory> directory = TemporaryDirectory::Create("registry");
    if (!directory.ok()) return directory.status();
    std::unique_ptr<DebianRegistry> registry(new DebianRegistry(*std::move(directory)));
    status = registry->Launch();
    if (status.ok()) status = registry->WaitUntilReady();
    if (status.ok()) return registry;
  }
  return status;
}

absl::Status DebianRegistry::Launch() {
  port_ = FreePort();
  if (port_ == 0 || !WriteConfiguration(directory_.path(), port_)) {
    return absl::UnavailableError(absl::StrCat("cannot write a configuration into ", directory_.path()));
  }
  std::string configuration = directory_.path() + "/config.yml", log = directory_.path() + "/log";
  pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Exec(configuration.c_str(), log.c_str(), parent);
  if (pid_ < 0) return absl::UnavailableError("cannot fork");
  return absl::OkStatus();
}

absl::Status DebianRegistry::WaitUntilReady() {
  httplib::Client client(url());
  for (absl::Time end = absl::Now() + kStartLimit; absl::Now() < end;
       absl::SleepFor(absl::Milliseconds(20))) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return absl::UnavailableError(absl::StrCat(kProgram, " ended at once: ", LogTail()));
    }
    auto answer = client.Get("/v2/");
    if (answer && answer->status == 200) return absl::OkStatus();
  }
  return absl::DeadlineExceededError(absl::StrCat(kProgram, " does not answer at ", url(), ": ", LogTail()));
}

DebianRegistry::~DebianRegistry() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    absl::Time end = absl::Now() + kStopLimit;
    while (waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (absl::Now() > end) kill(pid_, SIGKILL);
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
}

std::string DebianRegistry::LogTail() const {
  std::ostringstream text;
  text << std::ifstream(directory_.path() + "/log").rdbuf();
  std::string log = text.str();
  return log.size() <= kLogTailBytes ? log : log.substr(log.size() - kLogTailBytes);
}

std::string DebianRegistry::host() const { return absl::StrCat("127.0.0.1:", port_); }
std::string DebianRegistry::url() const { return absl::StrCat("http://", host()); }

}  // namespace chartseal::sandbox
