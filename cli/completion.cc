#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "cli/subcommands.h"

namespace chartseal::cli {
namespace {

std::string Join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += out.empty() ? word : " " + word;
  return out;
}

std::vector<const CLI::App*> SubcommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Names of subcommands ("check workflow"), then flags, theirs too.
struct Words {
  std::vector<std::string> names;
  std::set<std::string> flags;  // without "--"
};
Words WordsOf(const CLI::App& command) {
  Words words;
  for (const CLI::Option* option : command.get_options()) {
    words.flags.insert(option->get_lnames().begin(), option->get_lnames().end());
  }
  for (const CLI::App* subcommand : SubcommandsOf(command)) {
    words.names.push_back(subcommand->get_name());
    words.flags.merge(WordsOf(*subcommand).flags);
  }
  return words;
}

// One function for all three shells' needs: bash has it natively, zsh through bashcompinit; both fall back to
// files.
std::string BashScript(const CLI::App& app) {
  std::vector<std::string> names;
  std::string cases;
  for (const CLI::App* command : SubcommandsOf(app)) {
    names.push_back(command->get_name());
    auto [words, flags] = WordsOf(*command);
    for (const std::string& flag : flags) words.push_back("--" + flag);
    cases += "    " + command->get_name() + ") words=\"" + Join(words) + "\" ;;\n";
  }
  return "_chartseal() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" words=\"" + Join(names) +
         "\"\n  [ \"$COMP_CWORD\" -gt 1 ] && case \"${COMP_WORDS[1]}\" in\n" + cases +
         "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -o default -F _chartseal "
         "chartseal\n";
}

std::string FishScript(const CLI::App& app) {
  std::string out;
  for (const CLI::App* command : SubcommandsOf(app)) {
    out += "complete -c chartseal -n __fish_use_subcommand -a " + command->get_name() + "\n";
    const std::string behind =
        "complete -c chartseal -n '__fish_seen_subcommand_from " + command->get_name() + "'";
    const auto [names, flags] = WordsOf(*command);
    for (const std::string& name : names) out += behind + " -a " + name + "\n";
    for (const std::string& flag : flags) out += behind + " -l " + flag + "\n";
  }
  return out;
}

std::string Script(const CLI::App& app, const std::string& shell) {
  if (shell == "fish") return FishScript(app);
  return (shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "") + BashScript(app);
}

}  // namespace

void AddCompletion(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("SHELL", *shell, "The shell")
      ->option_text("bash|zsh|fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &app, &action] {
    action = [shell, &app] {
      std::cout << Script(app, *shell);
      return ExitCode::kYes;
    };
  });
}

}  // namespace chartseal::cli
