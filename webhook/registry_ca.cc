#include "webhook/registry_ca.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/url.h"

namespace chartseal::webhook {
namespace {

absl::Status Wrong(std::string_view where, const Node& node, std::string_view what) {
  const std::string line = node.line() > 0 ? Cat(":", node.line()) : "";
  return Malformed(Reason::kYamlMalformed, Cat(where, line), Cat("registry-ca: ", what));
}

bool IsHost(std::string_view text) {
  const auto url = net::Url::Parse(Cat("https://", text));
  return url.ok() && url->Authority() == text;
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ReadRegistryCa(const Node& table, std::string_view where) {
  std::map<std::string, std::string> files;
  if (table.is_null()) return files;
  if (!table.is_map()) {
    return Wrong(where, table, Cat("expected HOST: FILE pairs, found ", KindName(table.kind())));
  }
  if (table.map().size() > limits::kMaxRegistryCaFiles) {
    return Wrong(where, table, Cat("more than ", limits::kMaxRegistryCaFiles, " registries"));
  }
  for (const auto& [host, file] : table.map()) {
    if (!IsHost(host)) {
      return Wrong(
          where, file,
          Cat("expected a host in lower case, with its port when that is not 443, found ", Printable(host)));
    }
    if (!file.is_string() || file.string_value().empty()) {
      return Wrong(where, file, Cat(host, ": expected the name of a PEM file"));
    }
    files.emplace(host, file.string_value());
  }
  return files;
}

}  // namespace chartseal::webhook
