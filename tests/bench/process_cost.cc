// process_cost: runs a command and says what it cost. A process starts with the peak memory of the one that
// made it, so a small program has to be the parent when small programs are measured.
//
//   process_cost FILE COMMAND [ARGUMENT]...
//
// Writes "WALL_SECONDS CPU_SECONDS PEAK_KIB" into FILE: user and system time of the command and of the
// children that it waited for, and the largest resident set of one of them. Exit code: the command's; 127
// when it cannot be run.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace {

double Seconds(const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; }

// False when the file cannot be written.
bool Write(const char* path, double wall, const rusage& usage) {
  std::FILE* file = std::fopen(path, "w");
  if (file == nullptr) return false;
  std::fprintf(file, "%.6f %.6f %ld\n", wall, Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
               usage.ru_maxrss);
  return std::fclose(file) == 0;
}

int Run(const char* path, char** command) {
  const auto began = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) return 127;
  if (child == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) return 127;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  if (!Write(path, wall.count(), usage)) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  return Run(argv[1], argv + 2);
}
