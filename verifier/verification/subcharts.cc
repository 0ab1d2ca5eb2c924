#include "verifier/verification/subcharts.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/named_templates.h"
#include "verifier/chart/rendered.h"
#include "verifier/verification/release_verifier.h"

namespace chartseal::verification {
namespace {

using chart::Binding;
using chart::DocumentBinding;

constexpr size_t kShownDocuments = 3;
constexpr size_t kShownBytes = 120;  // of each document's source and object

std::string Shown(const DocumentBinding& document) {
  std::string out =
      document.source.empty() ? "a document without source" : Printable(document.source, kShownBytes);
  if (!document.object.empty()) out += Cat(" (", Printable(document.object, kShownBytes), ")");
  return out;
}

// "app/charts/db/templates/svc.yaml (v1 Service db), … and 4 more".
std::string List(const std::vector<const DocumentBinding*>& documents) {
  std::string out;
  for (size_t i = 0; i < std::min(documents.size(), kShownDocuments); ++i) {
    out += Cat(i == 0 ? "" : ", ", Shown(*documents[i]));
  }
  if (documents.size() > kShownDocuments) out += Cat(" and ", documents.size() - kShownDocuments, " more");
  return out;
}

std::vector<const DocumentBinding*> Select(const std::vector<DocumentBinding>& documents,
                                           const std::function<bool(const DocumentBinding&)>& wanted) {
  std::vector<const DocumentBinding*> out;
  for (const DocumentBinding& document : documents) {
    if (wanted(document)) out.push_back(&document);
  }
  return out;
}

bool Differs(const DocumentBinding& document) {
  return document.subchart &&
         (document.binding == Binding::kDiffers || document.binding == Binding::kUnknown);
}

// Whether a subchart may have rendered it, and nothing says which.
bool IsOpen(const DocumentBinding& document) {
  if (IsBound(document) || Differs(document)) return false;
  if (document.subchart || document.borrowed) return true;
  return document.binding == Binding::kNoSource || document.binding == Binding::kUnknown;
}

std::optional<Rejection> Mismatch(const std::vector<DocumentBinding>& documents,
                                  const std::vector<DocumentBinding>& missing) {
  const auto differing = Select(documents, Differs);
  if (!differing.empty()) {
    return Rejection{
        .reason = Reason::kSubchartMismatch,
        .detail = Cat("not so in the subcharts of the signed chart: ", List(differing)),
        .expected = "each as the signed chart has it",
        .found = Cat("as ", chart::Name(differing[0]->binding), ": ", Shown(*differing[0])),
    };
  }
  const auto absent = Select(missing, [](const DocumentBinding& one) { return one.subchart; });
  if (absent.empty()) return std::nullopt;
  return Rejection{.reason = Reason::kSubchartMismatch,
                   .detail = Cat("the subcharts of the signed chart have more documents: ", List(absent)),
                   .expected = Shown(*absent[0]),
                   .found = "no such document"};
}

std::optional<Rejection> Unbound(const std::vector<DocumentBinding>& documents) {
  const auto open = Select(documents, IsOpen);
  if (open.empty()) return std::nullopt;
  return Rejection{.reason = Reason::kSubchartUnbound,
                   .detail = Cat(open.size(), " of ", documents.size(),
                                 " documents are, or may be, the work of subcharts, which a release record "
                                 "does not hold: ",
                                 List(open)),
                   .expected = "",
                   .found = ""};
}

}  // namespace

bool MayBeOfSubcharts(const chart::Release& release) {
  if (!release.dependencies.empty() || chart::TakeForeignTemplates(release.templates)) return true;
  std::set<std::string> own;
  for (const chart::File& file : release.templates) {
    own.insert(Cat(release.content.metadata.name, "/", file.name));
  }
  const std::vector<chart::RenderedDocument> documents = chart::DocumentsOf(release);
  return std::any_of(documents.begin(), documents.end(), [&](const chart::RenderedDocument& document) {
    return !own.contains(std::string(document.source));
  });
}

absl::StatusOr<SubchartReport> ReportOnSubcharts(const chart::Release& release, const chart::Chart& chart) {
  ASSIGN_OR_RETURN(chart::ReleaseBindings bindings, chart::BindRelease(release, chart));
  SubchartReport report{.documents = std::move(bindings.documents)};
  if (!HasSubchartsInUse(release, chart)) return report;
  report.mismatch = Mismatch(report.documents, bindings.missing);
  report.unbound = Unbound(report.documents);
  return report;
}

}  // namespace chartseal::verification
