#pragma once

#include <string>

namespace chartseal::load {

struct RunOptions {
  int port = 0;
  std::string body_file;
  int connections = 1;
  double seconds = 1;
  bool allowed = true;
  std::string text;  // expected somewhere in the answer; empty: not looked for
};

// See main.cc. The exit code: 1 when any answer was wrong or a connection broke.
int Run(const RunOptions& options);

}  // namespace chartseal::load
