#pragma once

#include <string_view>
#include <vector>

#include "verifier/chart/archive.h"

// Named templates: `define "app.labels"`, and what takes them with `include` and `template`. Those of a chart
// and of all charts in it share one space, so that what a template renders may be the work of a subchart, of
// a library above all, although its own text is the chart's
// (https://helm.sh/docs/chart_template_guide/named_templates/).
namespace chartseal::chart {

// Whether the template's actions take a named template, or text that may (`tpl`).
bool TakesNamedTemplates(std::string_view text);

// Whether any of a chart's own templates, partials included, takes a named template that none of them
// defines, or whose name or text is only known when it is rendered. Reads no more of the language than that
// needs; errs on the side of yes.
bool TakeForeignTemplates(const std::vector<File>& templates);

// Whether any takes one that none of them defines by a name that stands there. No chart renders that without
// a subchart that defines it, unless the action is not reached.
bool NameForeignTemplates(const std::vector<File>& templates);

}  // namespace chartseal::chart
