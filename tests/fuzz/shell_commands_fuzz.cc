#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "publisher/checks/shell_commands.h"

namespace {

bool Same(const chartseal::publisher::ShellCommand& a, const chartseal::publisher::ShellCommand& b,
          int lines) {
  return a.words == b.words && a.assignments == b.assignments && a.line + lines == b.line;
}

}  // namespace

// Every command has words or assignments and stands on a line of the script. A script after another command
// is read as it is alone, one line further down.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto commands = chartseal::publisher::ShellCommands(text);
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const auto& command : commands) {
    if (command.words.empty() && command.assignments.empty()) std::abort();
    if (command.line < 1 || command.line > lines) std::abort();
  }
  const auto later = chartseal::publisher::ShellCommands("true\n" + text);
  if (later.size() != commands.size() + 1 || later[0].words != std::vector<std::string>{"true"}) std::abort();
  for (size_t i = 0; i < commands.size(); ++i) {
    if (!Same(commands[i], later[i + 1], 1)) std::abort();
  }
  return 0;
}
