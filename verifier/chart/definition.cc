#include "verifier/chart/definition.h"

#include <cmath>
#include <map>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/chart_templates.h"
#include "verifier/chart/definition_spec_internal.h"
#include "verifier/chart/release.h"
#include "verifier/chart/rendered.h"

namespace chartseal::chart {
namespace {

constexpr std::string_view kFolder = "crds/";

bool IsNumber(const Node& value) {
  return value.kind() == Node::Kind::kInteger || value.kind() == Node::Kind::kNumber;
}

// 1 and 1.0 are one number to the API server; integers beyond 2^53 are compared as such.
bool EqualNumbers(const Node& a, const Node& b) {
  if (a.kind() == b.kind()) {
    return a.kind() == Node::Kind::kInteger ? a.integer_value() == b.integer_value()
                                            : a.number_value() == b.number_value();
  }
  const int64_t integer = a.kind() == Node::Kind::kInteger ? a.integer_value() : b.integer_value();
  const double number = a.kind() == Node::Kind::kNumber ? a.number_value() : b.number_value();
  constexpr int64_t kExact = int64_t{1} << 53;
  return std::abs(number) <= static_cast<double>(kExact) && number == static_cast<double>(integer);
}

std::optional<std::string> Unless(bool equal) {
  return equal ? std::nullopt : std::optional<std::string>("");
}

// The first path from here at which they differ, "" for here; nullopt when they do not. It is put together on
// the way back, since most that is compared does not differ.
std::optional<std::string> Differ(const Node& wanted, const Node& found);

std::optional<std::string> DifferInElements(const Node::List& wanted, const Node::List& found) {
  for (size_t i = 0; i < wanted.size() && i < found.size(); ++i) {
    if (const auto where = Differ(wanted[i], found[i])) return Cat("[", i, "]", *where);
  }
  return Unless(wanted.size() == found.size());
}

std::map<std::string_view, const Node*> ByName(const Node::Map& members) {
  std::map<std::string_view, const Node*> out;
  for (const auto& [name, value] : members) out.emplace(name, &value);
  return out;
}

std::optional<std::string> DifferInMembers(const Node::Map& wanted, const Node::Map& found) {
  const auto others = ByName(found);
  for (const auto& [name, value] : wanted) {
    const auto other = others.find(name);
    if (other == others.end()) return Cat(".", name);
    if (const auto where = Differ(value, *other->second)) return Cat(".", name, *where);
  }
  if (wanted.size() == found.size()) return std::nullopt;
  const auto ours = ByName(wanted);
  for (const auto& [name, value] : found) {
    if (!ours.contains(name)) return Cat(".", name);
  }
  return std::nullopt;
}

std::optional<std::string> Differ(const Node& wanted, const Node& found) {
  if (IsNumber(wanted) && IsNumber(found)) return Unless(EqualNumbers(wanted, found));
  if (wanted.kind() != found.kind()) return "";
  switch (wanted.kind()) {
    case Node::Kind::kBool:
      return Unless(wanted.bool_value() == found.bool_value());
    case Node::Kind::kString:
      return Unless(wanted.string_value() == found.string_value());
    case Node::Kind::kList:
      return DifferInElements(wanted.list(), found.list());
    case Node::Kind::kMap:
      return DifferInMembers(wanted.map(), found.map());
    default:
      return std::nullopt;
  }
}

// Reads one document, and keeps it when it is the definition of that name.
class Search {
 public:
  Search(std::string_view name, std::vector<std::string>& unreadable)
      : name_(name), unreadable_(unreadable) {}

  void Look(std::string_view document, const std::string& file) {
    // Most documents of a chart with definitions are about others, and reading one costs milliseconds.
    if (document.find(name_) == document.npos) return;
    absl::StatusOr<Node> object = ReadRendered(document, file);
    if (!object.ok()) {
      unreadable_.push_back(Message(object.status()));
      return;
    }
    const Node* const metadata = object->Find("metadata");
    const Node* const spec = object->Find("spec");
    if (object->StringOr("kind") != "CustomResourceDefinition" || spec == nullptr || metadata == nullptr ||
        object->StringOr("apiVersion") != "apiextensions.k8s.io/v1" || metadata->StringOr("name") != name_) {
      return;
    }
    found_.push_back({.file = file, .spec = *spec});
  }

  // The crds/ folders, as helm takes their files apart.
  void LookInFolders(const Chart& chart, const std::string& path) {
    for (const File& file : chart.files()) {
      if (!file.name.starts_with(kFolder) || file.bytes.find(name_) == file.bytes.npos) continue;
      Release stream;
      stream.manifest = file.bytes;
      for (const RenderedDocument& document : DocumentsOf(stream)) Look(document.text, Cat(path, file.name));
    }
    for (const Chart::Subchart& inner : chart.subcharts()) {
      LookInFolders(inner.chart, Cat(path, "charts/", inner.directory, "/"));
    }
  }

  // Once each, whatever names the charts are rendered under.
  void LookInTemplates(const Chart& chart, const std::string& path) {
    for (const File& file : chart.templates()) {
      const auto read = ReadTemplate(chart, file);
      if (read == nullptr) continue;
      for (const std::string_view document : read->documents) Look(document, Cat(path, file.name));
    }
    for (const Chart::Subchart& inner : chart.subcharts()) {
      LookInTemplates(inner.chart, Cat(path, "charts/", inner.directory, "/"));
    }
  }

  std::vector<ChartDefinition> Found() { return std::move(found_); }

 private:
  const std::string_view name_;
  std::vector<std::string>& unreadable_;
  std::vector<ChartDefinition> found_;
};

}  // namespace

std::vector<ChartDefinition> FindDefinitions(const Chart& chart, std::string_view name,
                                             std::vector<std::string>& unreadable) {
  Search search(name, unreadable);
  search.LookInFolders(chart, "");
  search.LookInTemplates(chart, Cat(chart.metadata().name, "/"));
  return search.Found();
}

std::optional<std::string> DefinitionDifference(const Node& signed_spec, const Node& spec) {
  const Node found = NormalDefinition(spec, UnknownMembers::kKeep);
  // A newer API may know more than this does: a member that it kept must be the signed one.
  if (!Differ(NormalDefinition(signed_spec, UnknownMembers::kKeep), found)) return std::nullopt;
  const auto where = Differ(NormalDefinition(signed_spec, UnknownMembers::kDrop), found);
  return where.has_value() ? std::optional(Cat("spec", *where)) : std::nullopt;
}

}  // namespace chartseal::chart
