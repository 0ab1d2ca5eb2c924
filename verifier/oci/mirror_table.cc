#include "verifier/oci/mirror_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

// A component that makes a reference of a prefix; "library" would be put in or taken out by nobody.
constexpr std::string_view kProbe = "/x/x";

// `text` as names are written: "docker.io/library" is "index.docker.io/library". A prefix has neither tag nor
// digest, and its first component is a host.
absl::StatusOr<std::string> CanonicalPrefix(std::string_view text) {
  const std::string_view host = text.substr(0, text.find('/'));
  const bool is_host = host.find_first_of(".:") != std::string_view::npos || host == "localhost";
  if (!is_host) {
    return absl::InvalidArgumentError(
        Cat("expected HOST or HOST/PATH, found \"", Printable(text), "\"; write docker.io for Docker Hub"));
  }
  auto reference = Reference::Parse(Cat("oci://", text, kProbe));
  const bool as_written = reference.ok() && !reference->tag() && !reference->digest();
  if (!as_written) {
    return absl::InvalidArgumentError(
        Cat("expected HOST or HOST/PATH without scheme, tag and digest, found \"", Printable(text), "\""));
  }
  const std::string name = reference->Name();
  return name.substr(0, name.size() - kProbe.size());
}

absl::StatusOr<std::string> ReadPrefix(const ObjectReader& reader, std::string_view field,
                                       std::string_view text) {
  auto prefix = CanonicalPrefix(text);
  if (!prefix.ok()) return reader.ErrorAt(field, Message(prefix.status()));
  return prefix;
}

absl::StatusOr<MirrorRule> ReadRule(ObjectReader& reader) {
  MirrorRule rule;
  ASSIGN_OR_RETURN(const std::string from, reader.String("from"));
  ASSIGN_OR_RETURN(rule.from, ReadPrefix(reader, "from", from));
  ASSIGN_OR_RETURN(const std::vector<std::string> places, reader.Strings("to", limits::kMaxMirrorsOfOne));
  if (places.empty()) return reader.ErrorAt("to", "at least one mirror is needed");
  for (const std::string& place : places) {
    ASSIGN_OR_RETURN(std::string to, ReadPrefix(reader, "to", place));
    if (to == rule.from) return reader.ErrorAt("to", Cat(to, " would be a mirror of itself"));
    if (std::find(rule.to.begin(), rule.to.end(), to) != rule.to.end()) {
      return reader.ErrorAt("to", Cat(to, " is there twice"));
    }
    rule.to.push_back(std::move(to));
  }
  ASSIGN_OR_RETURN(rule.fallback, reader.BoolOr("fallback", true));
  RETURN_IF_ERROR(reader.Done());
  return rule;
}

// What follows the prefix, with its slash; nullopt when the prefix does not fit.
std::optional<std::string_view> RestAfter(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string_view rest = name.substr(prefix.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return rest;
}

// The same tag and digest under another name.
absl::StatusOr<Reference> Renamed(const Reference& reference, std::string_view name) {
  const std::string tag = reference.tag() ? Cat(":", *reference.tag()) : std::string();
  const std::string digest = reference.digest() ? Cat("@", reference.digest()->ToString()) : std::string();
  return Reference::Parse(Cat("oci://", name, tag, digest));
}

}  // namespace

absl::StatusOr<MirrorTable> MirrorTable::Read(const Node& list, std::string_view where) {
  MirrorTable table;
  if (list.is_null()) return table;
  Node document = Node::MakeMap();
  document.Set("mirrors", list);
  ASSIGN_OR_RETURN(ObjectReader root, ObjectReader::Root(document, where, Reason::kYamlMalformed));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items, root.Objects("mirrors", limits::kMaxMirrors));
  for (ObjectReader& item : items) {
    ASSIGN_OR_RETURN(MirrorRule rule, ReadRule(item));
    for (const MirrorRule& other : table.rules_) {
      if (other.from == rule.from) return item.ErrorAt("from", Cat(rule.from, " has a rule already"));
    }
    table.rules_.push_back(std::move(rule));
  }
  std::stable_sort(table.rules_.begin(), table.rules_.end(),
                   [](const MirrorRule& a, const MirrorRule& b) { return a.from.size() > b.from.size(); });
  return table;
}

absl::StatusOr<std::vector<Place>> MirrorTable::PlacesOf(const Reference& reference) const {
  const std::string name = reference.Name();
  std::vector<Place> places;
  for (const MirrorRule& rule : rules_) {
    const auto rest = RestAfter(rule.from, name);
    if (!rest.has_value()) continue;
    for (const std::string& mirror : rule.to) {
      auto renamed = Renamed(reference, Cat(mirror, *rest));
      // A name that becomes too long, or "host" alone without a repository.
      if (!renamed.ok()) return Annotate(renamed.status(), Cat("mirror ", mirror, " of ", rule.from));
      places.push_back({*std::move(renamed), mirror});
    }
    if (!rule.fallback) return places;
    break;
  }
  places.push_back({reference, ""});
  return places;
}

}  // namespace chartseal::oci
