#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "verifier/base/strings.h"
#include "verifier/chart/chart.h"

namespace chartseal::chart {

// The files of a chart "app" with charts in it one within the other, `depth` of them, each a dependency under
// as many aliases, `prefix` and a number, and the innermost with one template of this text.
inline std::vector<std::pair<std::string, std::string>> NestedFiles(int depth, int aliases,
                                                                    const std::string& text,
                                                                    const std::string& prefix = "a") {
  std::vector<std::pair<std::string, std::string>> files;
  std::string below;
  for (int level = 0; level <= depth; ++level) {
    std::string yaml = Cat("apiVersion: v2\nname: ", level == 0 ? "app" : "in", "\nversion: 1.2.3\n");
    if (level < depth) yaml += "dependencies:\n";
    for (int i = 0; i < aliases && level < depth; ++i) {
      yaml += Cat("- {name: in, version: 1.2.3, repository: \"\", alias: ", prefix, i, "}\n");
    }
    files.emplace_back(Cat(below, "Chart.yaml"), yaml);
    if (level < depth) below += "charts/in/";
  }
  if (!text.empty()) files.emplace_back(Cat(below, "templates/t.yaml"), text);
  return files;
}

inline Chart NestedChart(int depth, int aliases, const std::string& text, const std::string& prefix = "a") {
  std::vector<File> files;
  for (auto& [name, bytes] : NestedFiles(depth, aliases, text, prefix)) {
    files.push_back({.name = name, .bytes = bytes});
  }
  auto chart = Chart::FromFiles(std::move(files), "app");
  EXPECT_TRUE(chart.ok()) << chart.status();
  return *std::move(chart);
}

}  // namespace chartseal::chart
