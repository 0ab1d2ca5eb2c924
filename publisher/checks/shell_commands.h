#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chartseal::publisher {

// One simple command of a script: its words with quotes taken off, expansions as they stand ("${REF}").
struct ShellCommand {
  std::vector<std::string> words;        // without leading assignments
  std::vector<std::string> assignments;  // "NAME=value" before the command, or on their own
  int line = 0;                          // of the script, from 1
};

// The simple commands of a POSIX shell script, as far as that can be told without running it: separated by
// line breaks, ";", "&", "|" and brackets; those inside $(…) and `…` are commands as well; lines may be
// continued with
// "\". Comments are left out. Here-documents are read as commands: a check that looks for a command sees one
// too many rather than one too few.
std::vector<ShellCommand> ShellCommands(std::string_view script);

}  // namespace chartseal::publisher
