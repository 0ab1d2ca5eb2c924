#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "test_directories.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/node.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

// The real program as a child process, in a home of its own, with a directory of its own for temporary files
// and a working directory that it cannot write to.
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
    for (const char* name : {"home", "cwd", "tmp", "files"}) std::filesystem::create_directory(path(name));
    std::filesystem::permissions(path("cwd"),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  }

  // A file with this content; returns its path.
  std::string File(const std::string& name, std::string_view content) const {
    const std::string file = path("files/" + name);
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

  // The variable is set to this for the programs that are run from now on.
  void SetVariable(const std::string& name, const std::string& value) { variables_[name] = value; }

  Ended Run(const std::vector<std::string>& arguments, std::string_view input = "") const {
    Ended ended = Wait(Start(arguments, input));
    EXPECT_EQ(ended.signal, 0) << "ended by a signal";
    return ended;
  }

  // Run() in two parts, for what happens to the process in between. One at a time.
  pid_t Start(const std::vector<std::string>& arguments, std::string_view input = "") const {
    return Spawn(arguments, File("stdin", input), path("stderr"));
  }
  Ended Wait(pid_t pid) const {
    int status = 0;
    waitpid(pid, &status, 0);
    Ended ended;
    if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
    ended.out = Read(path("stdout"));
    ended.err = Read(path("stderr"));
    return ended;
  }

  // Run() with a terminal for its standard error.
  Ended RunOnTerminal(const std::vector<std::string>& arguments) const {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    EXPECT_TRUE(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const pid_t pid = Spawn(arguments, File("stdin", ""), ptsname(terminal));
    std::string shown;
    char buffer[4096];
    for (ssize_t count = 0; (count = read(terminal, buffer, sizeof buffer)) > 0;) {
      shown.append(buffer, static_cast<size_t>(count));
    }
    close(terminal);
    Ended ended = Wait(pid);
    ended.err = shown;
    return ended;
  }

  // Files and directories that appeared in the home, the working directory or that for temporary files.
  std::vector<std::string> Written() const {
    std::vector<std::string> found;
    for (const char* name : {"home", "cwd", "tmp"}) {
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

  // Of the test's own environment only what cannot lead to somebody's credentials.
  std::vector<std::string> Environment() const {
    std::vector<std::string> kept = {"HOME=" + path("home"), "TMPDIR=" + path("tmp")};
    for (const auto& [name, value] : variables_) kept.push_back(Cat(name, "=", value));
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text = *variable;
      const std::string_view name = text.substr(0, text.find('='));
      const bool leads_elsewhere = name == "HOME" || name == "DOCKER_CONFIG" ||
                                   name == "HELM_REGISTRY_CONFIG" || name == "XDG_CONFIG_HOME" ||
                                   name == "REGISTRY_AUTH_FILE" || name == "TMPDIR";
      if (!leads_elsewhere && !variables_.contains(std::string(name))) kept.emplace_back(text);
    }
    return kept;
  }

  static std::vector<char*> Pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  // posix_spawn: after a fork in a process with threads, the child may not even allocate.
  pid_t Spawn(const std::vector<std::string>& arguments, const std::string& in,
              const std::string& err) const {
    std::vector<std::string> argv = {CHARTSEAL_BINARY_DIR "/bin/chartseal"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environment = Environment();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path("stdout").c_str(), kWrite, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kWrite, 0600);
    posix_spawn_file_actions_addchdir_np(&actions, path("cwd").c_str());
    pid_t pid = -1;
    const int error = posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, Pointers(argv).data(),
                                  Pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(error, 0) << argv[0] << ": " << std::strerror(error);
    return pid;
  }

  const sandbox::TemporaryDirectory directory_;
  std::map<std::string, std::string> variables_;
};

}  // namespace chartseal::cli
