#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/verdict.h"
#include "verifier/chart/chart.h"
#include "verifier/chart/content.h"
#include "verifier/chart/release.h"

// Whether a release is of a given chart (spec/helm-oci-kubernetes.md §4.4, §4.5). Pure.
namespace chartseal::chart {

// How many hex digits of a digest Flux writes as build metadata (§4.6).
inline constexpr size_t kFluxDigits = 12;

// Whether `version`, as a release record has it, is `signed_version`, or what Flux makes of it when it
// installs the chart of `manifest_digest` ("sha256:…"): build metadata replaced by the first 12 hex digits
// (§4.6).
bool IsVersionOf(std::string_view version, std::string_view signed_version, std::string_view manifest_digest);

// The release's content with the version that was signed in place of its own.
Content WithVersion(Content content, std::string_view version);

// Nothing when both have one fingerprint; else kChartContentMismatch, naming the first part that differs:
// "metadata (description)", "lock", "schema", "templates/cm.yaml", "a file that the signed chart does not
// have: …".
Checked<Passed> CompareContent(const Content& signed_content, const Content& release_content);

// §4.5.6: each dependency of the release must be one that was signed, under its alias; signed ones may be
// absent (conditions and tags). Else kChartDependencyMismatch.
Checked<Passed> CompareDependencies(const Metadata& signed_metadata, const std::vector<Dependency>& release);

// What is known of one rendered document.
enum class Binding {
  kVerbatim,  // the template has no action, and stands in the signed chart just so
  kLabelled,  // the same but for labels and annotations that were added to its metadata, as post-renderers do
  kTemplate,  // the template is in the signed chart, and has actions: what it renders to cannot be proven
  kDiffers,   // the template has no action, and the document is not what it says
  kUnknown,   // its source names no template of the signed chart
  kNoSource,  // nothing says where it comes from
};
std::string_view Name(
    Binding binding);  // "verbatim", "labelled", "template", "differs", "unknown", "no-source"

struct DocumentBinding {
  std::string source;     // empty without one
  std::string object;     // "v1 Service db" as far as it can be read; for people
  bool subchart = false;  // its source is below charts/
  bool hook = false;
  Binding binding = Binding::kNoSource;
  // Its template is the chart's own and has actions, and takes named templates that may come from a subchart,
  // which renders it then.
  bool borrowed = false;
};

struct ReleaseBindings {
  // Of each document of the release, in the order of DocumentsOf().
  std::vector<DocumentBinding> documents;
  // Documents that templates without action have in the signed chart, that helm would have rendered, and that
  // the release does not have: `binding` of them says nothing. Of a dependency only when the release names it
  // or has other documents of it. None of a template of which a document differs, and none at all when a
  // document has no source, since those may be what is missing.
  std::vector<DocumentBinding> missing;
};

// `chart` is the signed one, with its subcharts; aliases of its dependencies are followed. What is not
// verbatim is read as YAML to tell kLabelled from kDiffers, limits::kMaxKubeObjectBytes of all documents
// together; beyond that it differs. Errors: those of SourceTemplates::Of().
absl::StatusOr<ReleaseBindings> BindRelease(const Release& release, const Chart& chart);

// Whether helm rendered the release with charts in `chart`, as far as that can be told. Those that it does
// not declare as dependencies always are in use, the others when the release names them. That it names none
// does not prove that they were off: helm renders a chart in charts/ whose entry was taken out of Chart.yaml,
// too, and the fingerprint does not cover entries. So in use is one as well when the release has any document
// below charts/, when it is a library, which has no documents of its own, and when the chart's templates take
// others by names that none of them defines (NameForeignTemplates()).
bool HasSubchartsInUse(const Release& release, const Chart& chart);

}  // namespace chartseal::chart
