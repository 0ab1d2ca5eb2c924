#include "webhook/chart_source_gate.h"

#include <string>
#include <utility>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "verifier/verification/chart_source_verifier.h"
#include "verifier/verification/parallel.h"
#include "verifier/workload/chart_sources.h"
#include "webhook/chart_pins.h"
#include "webhook/chart_remedy.h"
#include "webhook/chart_source_changes.h"
#include "webhook/mutation.h"

namespace chartseal::webhook {
namespace {

using verification::ChartSourceReport;
using workload::ChartSource;

// What Begin() found.
struct ChartsPending : PendingState {
  std::vector<ChartSource> sources;
  std::vector<std::optional<ChartSourceReport>> reports;  // of each source; nullopt while it is open
};

void AddRemedies(const std::string& chart, std::vector<Ruling>& rulings) {
  const std::string host = chart.substr(0, chart.find('/'));
  for (Ruling& ruling : rulings) {
    if (ruling.answer != Answer::kYes && ruling.next.empty())
      ruling.next = ChartRemedy(ruling.reason, host, chart);
  }
}

// What people are to know of a chart beside what policies say.
std::string NoteOf(const ChartSource& source) {
  std::string note;
  if (source.origin == ChartSource::Origin::kOtherObject) {
    note = Cat("where it comes from, ", source.via, " says");
  } else if (source.origin == ChartSource::Origin::kParent) {
    note = "charts below it are verified where they are named or installed";
  }
  if (source.target.empty()) return note;
  return Cat(note, note.empty() ? "" : "; ", "installed in ", source.target);
}

std::string NameOf(const ChartSource& source, const ChartSourceReport& report) {
  if (!report.repository.empty()) return report.repository;
  return source.chart.empty() ? source.via : source.chart;
}

}  // namespace

// One request.
class ChartSourceGate::Judge {
 public:
  Judge(const Parts& parts, PendingReview& review) : parts_(parts), review_(review) {}

  // Fills what can be told without asking; whether something is open.
  bool AskNobody(ChartsPending& pending, absl::Time now) {
    const auto labels = Labels();
    bool open = false;
    for (const ChartSource& source : pending.sources) {
      pending.reports.push_back(verification::JudgeUnasked(source, Setting(labels.get())));
      open = open || !pending.reports.back().has_value();
    }
    for (const Question& question : review_.questions) {
      auto report = ReportWithoutAsking(question, review_.snapshot->policies.no_match);
      if (!report.has_value()) {
        if (auto recalled = parts_.verifier->Recall(*question.query, now)) {
          report = Report(question, *std::move(recalled));
        }
      }
      open = open || !report.has_value();
      review_.reports.push_back(std::move(report));
    }
    return open;
  }

  void AskRegistries(ChartsPending& pending, absl::Time deadline) {
    std::vector<size_t> open;
    for (size_t i = 0; i < pending.reports.size(); ++i) {
      if (!pending.reports[i].has_value()) open.push_back(i);
    }
    const auto labels = Labels();
    const PullContext pull{.namespace_name = review_.request.namespace_name};
    const auto charts = parts_.charts->As(pull, review_.snapshot);
    const auto tags = parts_.tags->As(pull);
    verification::ParallelFor(open.size() + 1, limits::kMaxImagesAtOnce, [&](size_t i) {
      if (i == open.size()) return AskAboutImages(deadline);
      pending.reports[open[i]] = verification::VerifyChartSource(
          pending.sources[open[i]], Setting(labels.get()), *tags, *charts, deadline);
    });
  }

  // What becomes of the request, when nothing is open any more.
  Decision Conclude(ChartsPending& pending) {
    Findings findings;
    std::vector<ChartPin> pins;
    for (size_t i = 0; i < pending.sources.size(); ++i) {
      findings.charts.push_back(ReportOn(pending.sources[i], *std::move(pending.reports[i])));
      if (!findings.charts.back().pinned) continue;
      pins.push_back({*pending.sources[i].pin, *findings.charts.back().digest});
    }
    std::vector<Pin> image_pins;
    for (size_t i = 0; i < review_.reports.size(); ++i) {
      ImageReport& report = *review_.reports[i];
      if (Pins() && report.pinnable) {
        for (const ImageUse& use : review_.questions[i].uses) image_pins.push_back({use, *report.digest});
      }
      findings.images.push_back(std::move(report));
    }
    Decision decision = webhook::Conclude(review_.request, std::move(findings), review_.endpoint);
    AddNotes(pending.sources, decision);
    if (!decision.response.allowed) return decision;
    decision.response.patch = PinPatch(pins, image_pins);
    decision.pins = std::move(image_pins);
    return decision;
  }

 private:
  std::shared_ptr<const policy::Labels> Labels() const {
    return parts_.labels == nullptr ? nullptr : parts_.labels->Of(review_.request.namespace_name);
  }

  // An object that a controller made is left as it is: the controller would make it anew, or take the digest
  // out again.
  bool Pins() const { return review_.endpoint == Endpoint::kMutate && MayBePinned(review_.request); }

  verification::ChartSourceSetting Setting(const policy::Labels* labels) const {
    return {.place = {.policies = review_.snapshot->policies,
                      .namespace_name = review_.request.namespace_name,
                      .namespace_labels = labels},
            .pins = Pins()};
  }

  void AskAboutImages(absl::Time deadline) {
    const auto pull = std::make_shared<const PullContext>(PullContextOf(review_.request, parts_.paths));
    std::vector<ImageQuery> queries;
    std::vector<size_t> open;
    for (size_t i = 0; i < review_.questions.size(); ++i) {
      if (review_.reports[i].has_value()) continue;
      open.push_back(i);
      queries.push_back(*review_.questions[i].query);
      queries.back().pull = pull;
    }
    if (queries.empty()) return;
    auto outcomes = parts_.verifier->VerifyAll(queries, deadline);
    for (size_t i = 0; i < open.size(); ++i) {
      review_.reports[open[i]] = Report(review_.questions[open[i]], outcomes[i]);
    }
  }

  ChartReport ReportOn(const ChartSource& source, ChartSourceReport report) const {
    std::string name = NameOf(source, report);
    AddRemedies(name, report.rulings);
    return {.chart = std::move(name),
            .path = source.path,
            .version = std::move(report.version),
            .digest = std::move(report.digest),
            .lookup = std::move(report.lookup),
            .rulings = std::move(report.rulings),
            .pinned = Pins() && report.pinnable};
  }

  void AddNotes(const std::vector<ChartSource>& sources, Decision& decision) const {
    for (size_t i = 0; i < sources.size(); ++i) {
      std::string note = NoteOf(sources[i]);
      if (note.empty()) continue;
      decision.response.audit_annotations.emplace_back(Cat("chart-", i, "-note"), std::move(note));
    }
  }

  const Parts& parts_;
  PendingReview& review_;
};

bool ChartSourceGate::Covers(const AdmissionRequest& request) const {
  return workload::NamesCharts(request.kind);
}

std::optional<Decision> ChartSourceGate::Begin(PendingReview& review, absl::Time now) const {
  const AdmissionRequest& request = review.request;
  if (BringsNoImages(request, parts_.paths)) return Allow(request);
  Checked<std::vector<ChartSource>> sources = ChartSourcesToVerify(request);
  if (!sources.ok()) return DenyObject(request, sources.rejection());
  Checked<std::vector<ImageUse>> images = OwnImagesToVerify(request, parts_.paths);
  if (!images.ok()) return DenyObject(request, images.rejection());
  if (sources->empty() && images->empty()) return Allow(request);
  review.snapshot = parts_.policies->Current();
  if (!review.snapshot->complete) return DenyObject(request, PoliciesNotRead());
  const auto labels = parts_.labels == nullptr ? nullptr : parts_.labels->Of(request.namespace_name);
  review.questions = MakeQuestions(std::move(images).value(), {request, labels.get(), review.snapshot});
  auto pending = std::make_unique<ChartsPending>();
  pending->sources = std::move(sources).value();
  Judge judge(parts_, review);
  if (!judge.AskNobody(*pending, now)) return judge.Conclude(*pending);
  review.state = std::move(pending);
  return std::nullopt;
}

Decision ChartSourceGate::Finish(PendingReview& review, absl::Time deadline) const {
  auto& pending = static_cast<ChartsPending&>(*review.state);
  Judge judge(parts_, review);
  judge.AskRegistries(pending, deadline);
  return judge.Conclude(pending);
}

}  // namespace chartseal::webhook
