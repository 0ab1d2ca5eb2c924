#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/node.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

// The real program as a child process, in a home of its own and a working directory that it cannot write to.
namespace chartseal::cli {

struct Ended {
  int code = -1;   // exit code; -1 when a signal ended it
  int signal = 0;  // that signal
  std::string out;
  std::string err;

  // Standard output as JSON; null when it is none.
  Node Json() const {
    auto node = ParseJson(out, "standard output");
    EXPECT_TRUE(node.ok()) << node.status() << "\n" << out << err;
    return node.ok() ? *std::move(node) : Node();
  }
};

class Command {
 public:
  Command() : directory_(sandbox::TemporaryDirectory::Create("cli").value()) {
    for (const char* name : {"home", "cwd", "files"}) std::filesystem::create_directory(path(name));
    std::filesystem::permissions(path("cwd"),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  }

  // A file with this content; returns its path.
  std::string File(const std::string& name, std::string_view content) const {
    const std::string file = path("files/" + name);
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

  Ended Run(const std::vector<std::string>& arguments, std::string_view input = "") const {
    const std::string in = File("stdin", input);
    const pid_t pid = fork();
    if (pid == 0) Become(arguments, in);
    int status = 0;
    waitpid(pid, &status, 0);
    Ended ended;
    if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
    EXPECT_EQ(ended.signal, 0) << "ended by a signal";
    ended.out = Read(path("stdout"));
    ended.err = Read(path("stderr"));
    return ended;
  }

  // Files and directories that appeared in the home or the working directory.
  std::vector<std::string> Written() const {
    std::vector<std::string> found;
    for (const char* name : {"home", "cwd"}) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path(name))) {
        found.push_back(entry.path().string());
      }
    }
    return found;
  }

  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

 private:
  static std::string Read(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  static void Redirect(const std::string& file, int flags, int to) {
    const int fd = open(file.c_str(), flags, 0600);
    if (fd < 0 || dup2(fd, to) < 0) _exit(126);
  }

  [[noreturn]] void Become(const std::vector<std::string>& arguments, const std::string& in) const {
    Redirect(in, O_RDONLY, STDIN_FILENO);
    Redirect(path("stdout"), O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    Redirect(path("stderr"), O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    if (chdir(path("cwd").c_str()) != 0) _exit(126);
    setenv("HOME", path("home").c_str(), 1);
    for (const char* name :
         {"DOCKER_CONFIG", "HELM_REGISTRY_CONFIG", "XDG_CONFIG_HOME", "REGISTRY_AUTH_FILE"}) {
      unsetenv(name);
    }
    static const std::string program = CHARTSEAL_BINARY_DIR "/bin/chartseal";
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(program.c_str(), argv.data());
    _exit(127);
  }

  const sandbox::TemporaryDirectory directory_;
};

}  // namespace chartseal::cli
