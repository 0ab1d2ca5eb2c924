#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "publisher/package/chart_tree.h"
#include "tests/sandbox/temporary_directory.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {

// A directory to make a chart in. The chart is in a directory of its own, so that there is something outside.
class Tree {
 public:
  Tree() : directory_(sandbox::TemporaryDirectory::Create("package").value()) {
    std::filesystem::create_directory(root());
  }

  std::string root() const { return directory_.path() + "/chart"; }
  // What lies beside the chart.
  std::string outside(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string path(const std::string& name) const { return root() + "/" + name; }

  Tree& File(const std::string& name, std::string_view bytes) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
    return *this;
  }
  Tree& Link(const std::string& name, const std::string& target) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::filesystem::create_symlink(target, path(name));
    return *this;
  }
  // The least that is a chart.
  Tree& Chart(const std::string& below = "", const std::string& name = "app", const std::string& more = "") {
    return File(below + "Chart.yaml", Cat("apiVersion: v2\nname: ", name, "\nversion: 1.2.3\n", more));
  }

 private:
  sandbox::TemporaryDirectory directory_;
};

inline std::vector<std::string> NamesOf(const absl::StatusOr<std::vector<chart::File>>& files) {
  if (!files.ok()) return {std::string(FromAbsl(files.status().message()))};
  std::vector<std::string> names;
  for (const chart::File& file : *files) names.push_back(file.name);
  return names;
}

}  // namespace chartseal::publisher
