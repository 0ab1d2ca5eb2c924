#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verifier/base/status.h"
#include "verifier/chart/binding.h"
#include "verifier/chart/named_templates.h"
#include "verifier/chart/rendered.h"
#include "verifier/verification/release_verifier.h"
#include "verifier/verification/subcharts.h"

namespace {

using chartseal::Reason;
using chartseal::chart::Chart;
using chartseal::chart::Release;

// A chart with a subchart, whose templates inputs may be documents of.
const Chart& TheChart() {
  static const auto* const chart = new Chart(
      Chart::FromFiles(
          {{"Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: [{name: db, version: 1.0.0}]\n"},
           {"templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\nkind: B\n"},
           {"templates/b.yaml", "kind: {{ include (print \"lib\" \".kind\") . }}\n"},
           {"charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"},
           {"charts/db/templates/c.yaml", "kind: C\nmetadata: {name: c, labels: {k: v}}\n"},
           {"charts/db/templates/d.yaml", "kind: {{ .X }}\n"}},
          "app")
          .value());
  return *chart;
}

void CheckDocument(std::string_view text) {
  const auto node = chartseal::chart::ReadRendered(text, "document");
  if (node.ok()) {
    if (!node->is_map() && !node->is_null()) std::abort();
    return;
  }
  const Reason reason = chartseal::ReasonOf(node.status());
  if (reason != Reason::kYamlMalformed && reason != Reason::kLimitExceeded) std::abort();
}

}  // namespace

// The input as a manifest and as a hook: every document is a part of it, can be read or is refused, and can
// be held against a chart, whose subchart the release does not name; and as a template. What a subchart
// rendered is told of unless the chart proves it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckDocument(text);
  const std::vector<chartseal::chart::File> templates = {{"templates/x.yaml", std::string(text)}};
  const bool by_name = chartseal::chart::NameForeignTemplates(templates);
  if (by_name && !chartseal::chart::TakeForeignTemplates(templates)) std::abort();
  Release release;
  release.manifest = text;
  release.hooks.push_back({.path = "app/templates/a.yaml", .manifest = std::string(text)});
  const auto documents = chartseal::chart::DocumentsOf(release);
  if (documents.size() != chartseal::chart::CountDocuments(release)) std::abort();
  for (const auto& document : documents) {
    const std::string& whole = document.hook ? release.hooks[0].manifest : release.manifest;
    if (document.text.data() < whole.data() ||
        document.text.data() + document.text.size() > whole.data() + whole.size()) {
      std::abort();
    }
    CheckDocument(document.text);
  }
  const auto report = chartseal::verification::ReportOnSubcharts(release, TheChart()).value();
  if (report.documents.size() != documents.size()) std::abort();
  for (const auto& document : report.documents) {
    const bool open = document.subchart && !chartseal::verification::IsBound(document);
    if (open && report.Worst() == nullptr) std::abort();
  }
  return 0;
}
