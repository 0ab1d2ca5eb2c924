#include <cstdio>
#include <string>
#include <vector>

#include "tests/sandbox/layout_pusher.h"
#include "tests/sandbox/registry_commands.h"

namespace chartseal::sandbox {
namespace {

int Usage() {
  std::fprintf(stderr, "usage: chartseal-sandbox push-layout DIR HOST:PORT/NAME [--no-fallback-tags]\n");
  return 2;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "push-layout: %s\n", std::string(status.message()).c_str());
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 3;
}

}  // namespace

int RunPushLayout(int argc, char** argv) {
  LayoutPushOptions options;
  std::vector<std::string> positional;
  for (const std::string& argument : std::vector<std::string>(argv, argv + argc)) {
    if (argument == "--no-fallback-tags") {
      options.fallback_tags = false;
    } else if (argument.starts_with("-")) {
      return Usage();
    } else {
      positional.push_back(argument);
    }
  }
  if (positional.size() != 2) return Usage();
  const std::string& target = positional[1];
  std::size_t slash = target.find('/');
  if (slash == std::string::npos || slash + 1 == target.size()) return Usage();
  absl::StatusOr<OciLayout> layout = OciLayout::Read(positional[0]);
  if (!layout.ok()) return Fail(layout.status());
  absl::Status pushed = PushLayout(*layout, target.substr(0, slash), target.substr(slash + 1), options);
  if (!pushed.ok()) return Fail(pushed);
  for (const LayoutManifest& manifest : layout->manifests()) {
    for (const std::string& tag : manifest.tags) {
      std::printf("%s:%s@%s\n", target.c_str(), tag.c_str(), manifest.digest.c_str());
    }
  }
  return 0;
}

}  // namespace chartseal::sandbox
