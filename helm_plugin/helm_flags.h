#pragma once

#include <string_view>

// The flags of helm's install, upgrade and template, of versions 3.16 to 4.2: which argument is the chart
// depends on which flags take the word behind them.
namespace chartseal::helm_plugin {

enum class HelmCommand { kInstall, kUpgrade, kTemplate, kVerify };
std::string_view Name(HelmCommand command);  // "install"

struct HelmFlag {
  enum class Takes {
    kValue,    // "--set a=b" or "--set=a=b"
    kNothing,  // "--wait", and a value only as in "--wait=watcher"
  };
  std::string_view name;  // "values"
  char letter = 0;        // 'f'; 0 without one
  Takes takes = Takes::kNothing;
};

// Of that command, global flags and those of this plugin included; nullptr when it is not known. Static
// lifetime.
const HelmFlag* FindHelmFlag(HelmCommand command, std::string_view name);
const HelmFlag* FindHelmFlag(HelmCommand command, char letter);

}  // namespace chartseal::helm_plugin
