#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/chart/chart.h"

// What helm would render of a chart and the charts in it (spec/helm-oci-kubernetes.md §1.4, §4.3), as far as
// that can be told without running templates.
namespace chartseal::chart {

// The documents of a template without action, as helm takes its text apart: at "---" where a line begins,
// whatever follows there. Without the blanks around them and without those that say nothing. Borrowed from
// `text`.
std::vector<std::string_view> SplitTemplate(std::string_view text);

// `text` without the ASCII blanks and line ends around it.
std::string_view Trimmed(std::string_view text);

// A template that documents may come from. Not to be copied: `documents` are borrowed from `text`.
struct SourceTemplate {
  bool has_actions = false;
  bool takes_named = false;                 // has actions that take named templates (named_templates.h)
  std::string text;                         // without actions only, as helm would write it
  std::vector<std::string_view> documents;  // of `text`
};

// A template of `chart` taken apart; null when it never becomes documents: a partial, notes, and all of a
// library.
std::shared_ptr<const SourceTemplate> ReadTemplate(const Chart& chart, const File& file);

// The templates of `chart` and its subcharts by the source that helm writes in front of their documents:
// "app/charts/db/templates/svc.yaml", each chart under its own name or that of the dependency that it is in
// use by. Without those that never become documents. A value type; what many paths share is held once.
class SourceTemplates {
 public:
  struct Source {
    std::shared_ptr<const SourceTemplate> from;
    bool subchart = false;
  };
  using Map = std::map<std::string, Source, std::less<>>;

  // Errors: ResourceExhausted with kLimitExceeded, when aliases within aliases make more than
  // limits::kMaxTemplatePaths charts, templates and documents without actions of it.
  static absl::StatusOr<SourceTemplates> Of(const Chart& chart);

  // Or nullptr. Borrowed.
  const Source* Find(std::string_view source) const;
  const Map& all() const { return templates_; }

 private:
  friend class TemplateExpansion;
  SourceTemplates() = default;
  Map templates_;
};

}  // namespace chartseal::chart
