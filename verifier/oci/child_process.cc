#include "verifier/oci/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/clock.h"

extern char** environ;

namespace chartseal::oci {
namespace {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    Close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~Fd() { Close(); }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read_end, write_end;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// A pipe that holds `input` already. Written while we hold the reading end too, so that a child that closes
// its input raises no SIGPIPE here; input is a host name and fits into the pipe's buffer.
absl::StatusOr<Pipe> MakeFilledPipe(std::string_view input) {
  ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
  if (write(pipe.write_end.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
    return absl::InternalError("writing to a new pipe failed");
  }
  pipe.write_end.Close();
  return pipe;
}

// A running child; killed and waited for when it goes out of scope.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);  // its own process group, whatever it started included
    Wait();
  }
  void Wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
  // The exit code, when it ends in time.
  std::optional<int> WaitUntil(absl::Time deadline, const net::Clock& clock) {
    for (;;) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      if (clock() >= deadline) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

 private:
  pid_t pid_;
};

absl::StatusOr<pid_t> Spawn(const std::string& path, const std::vector<std::string>& arguments, int in,
                            int out) {
  std::vector<std::string> words = {path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults, none;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // ignored in this process
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::UnavailableError(Cat(Printable(path), " cannot be started"));
  return pid;
}

// Waits until `fd` is readable; false at the deadline.
bool WaitReadable(int fd, absl::Time deadline, const net::Clock& clock) {
  for (;;) {
    const absl::Duration left = deadline - clock();
    if (left <= absl::ZeroDuration()) return false;
    pollfd entry = {.fd = fd, .events = POLLIN};
    const int timeout = static_cast<int>(absl::ToInt64Milliseconds(std::min(left, absl::Seconds(1))) + 1);
    if (poll(&entry, 1, timeout) > 0) return true;
  }
}

absl::StatusOr<std::string> ReadAll(int fd, size_t max_output, absl::Time deadline, const net::Clock& clock) {
  std::string output;
  char buffer[4096];
  while (WaitReadable(fd, deadline, clock)) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return output;
    output.append(buffer, static_cast<size_t>(count));
    if (output.size() > max_output) return absl::ResourceExhaustedError("printed more than is accepted");
  }
  return absl::DeadlineExceededError("did not finish in time");
}

}  // namespace

absl::StatusOr<ChildResult> RunChild(const std::string& path, const std::vector<std::string>& arguments,
                                     std::string_view input, size_t max_output, absl::Duration allowed) {
  const net::Clock clock = net::SystemClock();
  const absl::Time deadline = clock() + allowed;
  ASSIGN_OR_RETURN(const Pipe in, MakeFilledPipe(input));
  ASSIGN_OR_RETURN(Pipe out, MakePipe());
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(path, arguments, in.read_end.get(), out.write_end.get()));
  Child child(pid);
  out.write_end.Close();
  ChildResult result;
  ASSIGN_OR_RETURN(result.output, ReadAll(out.read_end.get(), max_output, deadline, clock));
  const auto exit_code = child.WaitUntil(deadline, clock);
  if (!exit_code.has_value()) return absl::DeadlineExceededError("did not finish in time");
  result.exit_code = *exit_code;
  return result;
}

}  // namespace chartseal::oci
