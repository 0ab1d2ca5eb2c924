#include "webhook/decision.h"

#include <algorithm>
#include <utility>

#include "verifier/base/strings.h"
#include "webhook/denial_text.h"
#include "webhook/remedy.h"

namespace chartseal::webhook {
namespace {

const Ruling* FirstDenial(const std::vector<Ruling>& rulings) {
  const auto denial = std::find_if(rulings.begin(), rulings.end(), Denies);
  return denial == rulings.end() ? nullptr : &*denial;
}

void Deny(Decision& decision, Reason reason) {
  decision.response.allowed = false;
  decision.reason = reason;
  decision.effect = Effect::kDeny;
  decision.verdict = "denied";
}

template <typename About>
void Warn(Decision& decision, const About& about, const std::vector<Ruling>& rulings) {
  for (const Ruling& ruling : rulings) {
    if (!Warns(ruling)) continue;
    decision.response.warnings.push_back(WarningLine(about, ruling));
    if (decision.verdict != "allowed") continue;
    decision.verdict = "warned";
    decision.effect = Effect::kWarn;
    decision.reason = ruling.reason;
  }
}

// "the image", "2 of 3 images", "1 of 3 images and charts".
std::string Counted(size_t denied, size_t images, size_t charts) {
  const size_t asked = images + charts;
  if (asked == 1) return images == 1 ? "the image" : "the chart";
  const std::string_view what = charts == 0 ? "images" : images == 0 ? "charts" : "images and charts";
  return Cat(denied, " of ", asked, " ", what);
}

// In one line. What is wrong with the chart comes before what is wrong with images.
void AddReleaseDenial(Decision& decision, const std::vector<Subject>& images) {
  const verification::ReleaseReport& release = *decision.release;
  if (const Ruling* const denial = release.Denial()) {
    Deny(decision, denial->reason);
    decision.response.message = DenialLine(release);
    return;
  }
  const auto denied = std::count_if(images.begin(), images.end(), [](const Subject& image) {
    return FirstDenial(image.rulings) != nullptr;
  });
  for (const Subject& image : images) {
    const Ruling* const ruling = FirstDenial(image.rulings);
    if (ruling == nullptr) continue;
    Deny(decision, ruling->reason);
    decision.response.message = ImageDenialLine(release, image, *ruling, static_cast<size_t>(denied));
    return;
  }
}

// Every denial, one after the other.
void AddDenials(Decision& decision, const std::vector<Subject>& subjects) {
  if (decision.release.has_value()) return AddReleaseDenial(decision, subjects);
  size_t denied = 0;
  std::string lines;
  for (const Subject& subject : subjects) {
    const Ruling* ruling = FirstDenial(subject.rulings);
    if (ruling == nullptr) continue;
    if (denied++ == 0) Deny(decision, ruling->reason);
    lines += Cat("\n- ", DenialLines(subject, *ruling));
  }
  if (denied == 0) return;
  decision.response.message =
      Cat("chartseal does not admit ", Counted(denied, decision.reports.size(), decision.charts.size()), ":",
          lines);
}

template <typename Report>
void AddSubjects(const std::vector<Report>& reports, std::vector<Subject>& subjects) {
  for (const Report& report : reports) {
    const bool opposed = std::any_of(report.rulings.begin(), report.rulings.end(),
                                     [](const Ruling& ruling) { return Denies(ruling) || Warns(ruling); });
    if (opposed) subjects.push_back(SubjectOf(report));
  }
}

// What there is something to say about: charts first, then images; borrowed.
std::vector<Subject> SubjectsOf(const Decision& decision) {
  std::vector<Subject> subjects;
  AddSubjects(decision.charts, subjects);
  AddSubjects(decision.reports, subjects);
  return subjects;
}

template <typename Report>
void Annotate(AdmissionResponse& response, std::string_view prefix, const std::vector<Report>& reports) {
  size_t index = 0;
  for (const Report& report : reports) {
    response.audit_annotations.emplace_back(Cat(prefix, index++), AuditValue(report));
  }
}

}  // namespace

bool AnyCouldNotTell(const Decision& decision) {
  bool any = false;
  ForEachRuling(decision,
                [&any](const Ruling& ruling) { any = any || ruling.answer == Answer::kCouldNotTell; });
  return any;
}

Decision Allow(const AdmissionRequest& request) {
  Decision decision;
  decision.response.uid = request.uid;
  decision.response.allowed = true;
  decision.verdict = "allowed";
  return decision;
}

Decision DenyObject(const AdmissionRequest& request, const Rejection& rejection, std::string_view next) {
  Decision decision = Allow(request);
  Deny(decision, rejection.reason);
  decision.response.message =
      Cat("chartseal does not admit this ", Printable(request.kind.kind), ": ", rejection.ToString(),
          "; next: ", next.empty() ? Remedy(rejection.reason, "", "") : std::string(next));
  return decision;
}

Rejection PoliciesNotRead() {
  return {.reason = Reason::kKubeUnavailable,
          .detail = "could not tell: not all policies have been read from the API server yet",
          .expected = "",
          .found = ""};
}

Decision Conclude(const AdmissionRequest& request, Findings findings, Endpoint endpoint) {
  Decision decision = Allow(request);
  decision.reports = std::move(findings.images);
  decision.charts = std::move(findings.charts);
  decision.release = std::move(findings.release);
  decision.response.audit_annotations.reserve(decision.charts.size() + decision.reports.size());
  if (decision.release.has_value()) {
    Annotate(*decision.release, decision.response);
    Warn(decision, *decision.release, decision.release->rulings);
    Warn(decision, *decision.release, decision.release->warnings);
  }
  Annotate(decision.response, "chart-", decision.charts);
  Annotate(decision.response, "image-", decision.reports);
  const std::vector<Subject> subjects = SubjectsOf(decision);
  for (const Subject& subject : subjects) Warn(decision, subject, subject.rulings);
  if (endpoint == Endpoint::kMutate) decision.response.warnings.clear();
  AddDenials(decision, subjects);
  return decision;
}

Decision Decide(const AdmissionRequest& request, std::vector<ImageReport> reports, Endpoint endpoint) {
  return Conclude(request, {.images = std::move(reports)}, endpoint);
}

}  // namespace chartseal::webhook
