#include "verifier/chart/entry_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::chart {
namespace {

absl::Status Wrong(std::string_view what) { return absl::InvalidArgumentError(ToAbsl(what)); }

absl::Status CheckComponents(std::string_view name) {
  while (true) {
    const size_t slash = name.find('/');
    const std::string_view component = name.substr(0, slash);
    if (component.empty()) return Wrong("a component of its name is empty");
    if (component == "." || component == "..") {
      return Wrong(Cat("a component of its name is \"", component, "\""));
    }
    if (slash == name.npos) return absl::OkStatus();
    name.remove_prefix(slash + 1);
  }
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

absl::Status CheckFileName(std::string_view name) {
  if (name.empty()) return Wrong("its name is empty");
  if (name.size() > limits::kMaxChartPathBytes) {
    return Wrong(Cat("its name is longer than ", limits::kMaxChartPathBytes, " bytes"));
  }
  if (name.front() == '/') return Wrong("its name is absolute");
  if (std::any_of(name.begin(), name.end(), IsControl)) return Wrong("its name has a control character");
  if (name.find('\\') != name.npos) return Wrong("its name has a backslash, which helm takes for \"/\"");
  if (!IsUtf8(name)) return Wrong("its name is not UTF-8");
  // helm refuses ^[A-Za-z]:/ (spec/helm-oci-kubernetes.md §1.7).
  if (name.size() > 2 && absl::ascii_isalpha(static_cast<unsigned char>(name[0])) &&
      name.substr(1, 2) == ":/") {
    return Wrong("its name begins with a drive letter");
  }
  return CheckComponents(name);
}

absl::Status FileNames::Add(std::string_view name) {
  if (directories_.contains(std::string(name))) return Wrong("a directory has the same name");
  if (!files_.emplace(name).second) return Wrong("another file has the same name");
  for (size_t slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1)) {
    const std::string parent(name.substr(0, slash));
    if (files_.contains(parent)) return Wrong(Cat("\"", Printable(parent), "\" is a file and a directory"));
    directories_.insert(parent);
  }
  return absl::OkStatus();
}

}  // namespace chartseal::chart
