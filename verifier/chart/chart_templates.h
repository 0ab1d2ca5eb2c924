#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

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

// A template that documents may come from.
struct SourceTemplate {
  bool has_actions = false;
  bool subchart = false;
  bool takes_named = false;                 // has actions that take named templates (named_templates.h)
  std::string text;                         // without actions only, as helm would write it
  std::vector<std::string_view> documents;  // of `text`
};

// The templates of `chart` and its subcharts by the source that helm writes in front of their documents:
// "app/charts/db/templates/svc.yaml", each chart under its own name or that of the dependency that it is in
// use by. Without those that never become documents: partials, notes, and all of library charts.
class SourceTemplates {
 public:
  explicit SourceTemplates(const Chart& chart);

  // Or nullptr. Borrowed.
  const SourceTemplate* Find(std::string_view source) const;
  const std::map<std::string, SourceTemplate, std::less<>>& all() const { return templates_; }

 private:
  void AddChart(const Chart& chart, const std::string& path, bool subchart);
  std::map<std::string, SourceTemplate, std::less<>> templates_;
};

}  // namespace chartseal::chart
