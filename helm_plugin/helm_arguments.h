#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "helm_plugin/helm_flags.h"

namespace chartseal::helm_plugin {

// What was written behind "helm chartseal".
struct HelmArguments {
  HelmCommand command = HelmCommand::kVerify;
  // For helm, each in one word ("--values=a.yaml", "--wait"), so that no version of helm can take another
  // word for its value; without those that are the plugin's own, and without --version.
  std::vector<std::string> flags;
  std::string release;  // empty when helm makes the name
  std::string chart;
  bool help = false;  // then nothing else counts

  // All values of a flag, in order; "true" for one without a value.
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  // The last value, as helm takes it; "" without one.
  std::string Value(std::string_view flag) const;
  bool IsSet(std::string_view flag) const;  // as strconv.ParseBool has it
};

// Reads words as helm's flag parser does: flags may stand anywhere before "--", letters may be joined. The
// first word is the command. InvalidArgument, for people, when it is not known, when a flag is not known and
// has no "=", so that it is not known either whether the next word is its value; when the command's number of
// arguments is another; and for flags that would make helm install what nobody verified (--repo,
// --dependency-update) or verify without TLS (--insecure-skip-tls-verify).
absl::StatusOr<HelmArguments> ReadHelmArguments(const std::vector<std::string>& words);

}  // namespace chartseal::helm_plugin
