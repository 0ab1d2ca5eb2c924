#include <algorithm>
#include <map>
#include <set>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/binding.h"
#include "verifier/chart/chart_templates.h"
#include "verifier/chart/named_templates.h"
#include "verifier/chart/rendered.h"

namespace chartseal::chart {
namespace {

constexpr std::string_view kCharts = "/charts/";
constexpr size_t kShownBytes = 80;  // of each part of an object's name

// The value of a line "KEY: VALUE" that begins with `key`, without quotes; "" when there is none.
std::string_view ValueOfLine(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(key)) {
      const std::string_view value = Trimmed(line.substr(key.size()));
      return value.size() > 1 && (value.front() == '"' || value.front() == '\'')
                 ? value.substr(1, value.size() - 2)
                 : value;
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return "";
}

// "v1 Service db", by the lines on which almost everybody writes them.
std::string ObjectOf(std::string_view text) {
  const std::string_view kind = ValueOfLine(text, "kind:");
  if (kind.empty()) return "";
  const size_t metadata = text.find("\nmetadata:");
  const std::string_view name =
      metadata == text.npos ? "" : ValueOfLine(text.substr(metadata + 1), "  name:");
  const std::string_view version = ValueOfLine(text, "apiVersion:");
  return Cat(Printable(version, kShownBytes), version.empty() ? "" : " ", Printable(kind, kShownBytes),
             name.empty() ? "" : " ", Printable(name, kShownBytes));
}

// Whether both are the same, member for member, in whatever order.
bool SameTree(const Node& a, const Node& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Node::Kind::kList:
      return std::equal(a.list().begin(), a.list().end(), b.list().begin(), b.list().end(), SameTree);
    case Node::Kind::kMap:
      return a.map().size() == b.map().size() &&
             std::all_of(a.map().begin(), a.map().end(), [&](const auto& member) {
               const Node* other = b.Find(member.first);
               return other != nullptr && SameTree(member.second, *other);
             });
    case Node::Kind::kString:
      return a.string_value() == b.string_value();
    case Node::Kind::kNumber:
      return a.number_value() == b.number_value();
    case Node::Kind::kInteger:
      return a.integer_value() == b.integer_value();
    case Node::Kind::kBool:
      return a.bool_value() == b.bool_value();
    case Node::Kind::kNull:
      return true;
  }
  return false;
}

// Whether all of `wanted` is in `found`, which may have more. Both may be absent.
bool HasAll(const Node* wanted, const Node* found) {
  if (wanted == nullptr || wanted->is_null()) return found == nullptr || found->is_null() || found->is_map();
  if (found == nullptr || !wanted->is_map() || !found->is_map()) return false;
  return std::all_of(wanted->map().begin(), wanted->map().end(), [&](const auto& member) {
    const Node* other = found->Find(member.first);
    return other != nullptr && SameTree(member.second, *other);
  });
}

// Whether judge(name, a, b) holds for the members of two maps, with nullptr for one that is absent.
template <typename Judge>
bool SameMembers(const Node& a, const Node& b, Judge judge) {
  const auto holds = [&](const Node& from, const Node& other, bool is_a) {
    return std::all_of(from.map().begin(), from.map().end(), [&](const auto& member) {
      const Node* const found = other.Find(member.first);
      return is_a ? judge(member.first, &member.second, found) : judge(member.first, found, &member.second);
    });
  };
  return holds(a, b, true) && holds(b, a, false);
}

bool SameOrAbsent(const Node* a, const Node* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return SameTree(*a, *b);
}

// Whether `found` says what `wanted` says, and besides has labels or annotations of its own.
bool IsLabelled(const Node& wanted, const Node& found) {
  if (!wanted.is_map() || !found.is_map()) return false;
  return SameMembers(wanted, found, [](std::string_view name, const Node* a, const Node* b) {
    if (name != "metadata") return SameOrAbsent(a, b);
    if (a == nullptr || b == nullptr || !a->is_map() || !b->is_map()) return false;
    return SameMembers(*a, *b, [](std::string_view member, const Node* x, const Node* y) {
      return member == "labels" || member == "annotations" ? HasAll(x, y) : SameOrAbsent(x, y);
    });
  });
}

// Null when it cannot be read.
Node ReadOrNull(std::string_view text) {
  auto node = ReadRendered(text, "document");
  return node.ok() ? *std::move(node) : Node();
}

// "app/charts/db" of "app/charts/db/templates/svc.yaml".
std::string_view ChartOf(std::string_view source) { return source.substr(0, source.find("/templates/")); }

bool HasDocumentsOfSubcharts(const Release& release, const Chart& chart) {
  const std::string below = Cat(chart.metadata().name, kCharts);
  const std::vector<RenderedDocument> documents = DocumentsOf(release);
  return std::any_of(documents.begin(), documents.end(),
                     [&](const RenderedDocument& document) { return document.source.starts_with(below); });
}

class Binder {
 public:
  Binder(const Release& release, const Chart& chart, const SourceTemplates& templates)
      : chart_(chart.metadata().name),
        templates_(templates),
        borrows_(HasSubchartsInUse(release, chart) && TakeForeignTemplates(chart.templates())) {}

  ReleaseBindings Run(const Release& release) {
    ReleaseBindings out{.documents = Bind(release), .missing = {}};
    out.missing = Missing(release, out.documents);
    return out;
  }

 private:
  std::vector<DocumentBinding> Bind(const Release& release) {
    std::vector<DocumentBinding> out;
    for (const RenderedDocument& document : DocumentsOf(release)) {
      out.push_back({.source = std::string(document.source),
                     .object = ObjectOf(document.text),
                     .subchart = document.source.starts_with(Cat(chart_, kCharts)),
                     .hook = document.hook,
                     .binding = BindingOf(document),
                     .borrowed = IsBorrowed(document)});
    }
    return out;
  }

  std::vector<DocumentBinding> Missing(const Release& release, const std::vector<DocumentBinding>& bindings) {
    std::set<std::string_view> in_use = ChartsInUse(release, bindings);
    std::set<std::string_view> differing;
    for (const DocumentBinding& one : bindings) {
      if (one.binding == Binding::kNoSource) return {};
      if (one.binding == Binding::kDiffers) differing.insert(one.source);
    }
    std::vector<DocumentBinding> out;
    for (const auto& [source, of] : templates_.all()) {
      if ((of.subchart && !in_use.contains(ChartOf(source))) || differing.contains(source)) continue;
      for (const std::string_view document : of.from->documents) {
        if (seen_.contains({source, document.data()})) continue;
        out.push_back({.source = source, .object = ObjectOf(document), .subchart = of.subchart});
      }
    }
    return out;
  }

  Binding BindingOf(const RenderedDocument& document) {
    if (document.source.empty()) return Binding::kNoSource;
    const SourceTemplates::Source* const found = templates_.Find(document.source);
    if (found == nullptr) return Binding::kUnknown;
    const SourceTemplate* const from = found->from.get();
    if (from->has_actions) return Binding::kTemplate;
    const std::string_view text = Trimmed(document.text);
    for (const std::string_view wanted : from->documents) {
      if (text != wanted) continue;
      seen_.emplace(document.source, wanted.data());
      return Binding::kVerbatim;
    }
    if (text.size() > unread_) return Binding::kDiffers;
    unread_ -= text.size();
    const Node read = ReadOrNull(text);
    for (const std::string_view wanted : from->documents) {
      if (!IsLabelled(Wanted(wanted), read)) continue;
      seen_.emplace(document.source, wanted.data());
      return Binding::kLabelled;
    }
    return Binding::kDiffers;
  }

  bool IsBorrowed(const RenderedDocument& document) const {
    if (!borrows_) return false;
    const SourceTemplates::Source* const found = templates_.Find(document.source);
    return found != nullptr && !found->subchart && found->from->takes_named;
  }

  // Read once, whatever a release makes of it.
  const Node& Wanted(std::string_view document) {
    const auto [found, is_new] = wanted_.try_emplace(document.data());
    if (is_new) found->second = ReadOrNull(document);
    return found->second;
  }

  // Subcharts of which the release has documents, with those that they are in; and dependencies that it
  // names.
  std::set<std::string_view> ChartsInUse(const Release& release,
                                         const std::vector<DocumentBinding>& bindings) {
    std::set<std::string_view> out;
    for (const DocumentBinding& one : bindings) {
      std::string_view path = ChartOf(one.source);
      for (size_t at = path.rfind(kCharts); at != path.npos; at = path.rfind(kCharts)) {
        out.insert(path);
        path = path.substr(0, at);
      }
    }
    std::set<std::string> named;
    for (const Dependency& one : release.dependencies) named.insert(Cat(chart_, kCharts, one.name));
    for (const auto& [source, of] : templates_.all()) {
      const std::string_view path = ChartOf(source);
      if (named.contains(std::string(path))) out.insert(path);
    }
    return out;
  }

  std::string chart_;
  const SourceTemplates& templates_;
  bool borrows_;                                 // templates of the chart itself take those of its subcharts
  size_t unread_ = limits::kMaxKubeObjectBytes;  // of documents that may still be read as YAML
  std::set<std::pair<std::string_view, const char*>> seen_;  // documents of templates: source, and the text
  std::map<const char*, Node> wanted_;                       // by where the text begins
};

}  // namespace

std::string_view Name(Binding binding) {
  switch (binding) {
    case Binding::kVerbatim:
      return "verbatim";
    case Binding::kLabelled:
      return "labelled";
    case Binding::kTemplate:
      return "template";
    case Binding::kDiffers:
      return "differs";
    case Binding::kUnknown:
      return "unknown";
    case Binding::kNoSource:
      return "no-source";
  }
  return "unknown";
}

bool HasSubchartsInUse(const Release& release, const Chart& chart) {
  if (HasDocumentsOfSubcharts(release, chart)) return true;
  if (chart.subcharts().empty()) return false;
  if (NameForeignTemplates(chart.templates())) return true;
  const auto& declared = chart.metadata().dependencies;
  return std::any_of(chart.subcharts().begin(), chart.subcharts().end(), [&](const auto& subchart) {
    const std::string& name = subchart.chart.metadata().name;
    const auto is_named = [&](const Dependency& one) { return one.name == name; };
    if (std::none_of(declared.begin(), declared.end(), is_named)) return true;
    if (subchart.chart.metadata().type == "library") return true;
    return std::any_of(declared.begin(), declared.end(), [&](const Dependency& one) {
      const std::string& in_release = one.alias.empty() ? one.name : one.alias;
      return one.name == name && std::any_of(release.dependencies.begin(), release.dependencies.end(),
                                             [&](const Dependency& used) { return used.name == in_release; });
    });
  });
}

absl::StatusOr<ReleaseBindings> BindRelease(const Release& release, const Chart& chart) {
  ASSIGN_OR_RETURN(const SourceTemplates templates, SourceTemplates::Of(chart));
  return Binder(release, chart, templates).Run(release);
}

}  // namespace chartseal::chart
