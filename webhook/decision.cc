#include "webhook/decision.h"

#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "webhook/remedy.h"

namespace chartseal::webhook {
namespace {

// Text of policies, registries and certificates: one line each, with everything else escaped, so that
// nobody's text can pass for ours.
std::string Field(std::string_view label, std::string_view text) {
  return text.empty() ? std::string()
                      : Cat("\n    ", label, ": ", Printable(text, limits::kMaxDenialLineBytes / 4));
}

std::string Where(const ImageReport& report) {
  const std::string first = report.paths.empty() ? std::string() : Printable(report.paths.front());
  return report.paths.size() < 2 ? first : Cat(first, " and ", report.paths.size() - 1, " more places");
}

std::string NameOf(Reason reason) {
  return reason == Reason::kNone ? "unexplained" : std::string(Name(reason));
}

std::string Answered(const Ruling& ruling) {
  return ruling.answer == Answer::kCouldNotTell ? Cat("could not tell: ", NameOf(ruling.reason))
                                                : NameOf(ruling.reason);
}

// "ghcr.io/acme/app:1 (spec.containers[web].image): could not tell: registry-unreachable", then a line for
// each fact.
std::string Line(const ImageReport& report, const Ruling& ruling) {
  std::string line = Cat(Printable(report.image), " (", Where(report), "): ", Answered(ruling));
  line += Field("why", ruling.detail.empty() ? Explanation(ruling.reason) : std::string_view(ruling.detail));
  line += Field("expected", ruling.expected);
  line += Field("found", ruling.found);
  line += Field("policy", ruling.policy);
  line += Field("next", ruling.next);
  return line;
}

std::string WarningLine(const ImageReport& report, const Ruling& ruling) {
  // What went wrong comes first: the API server shows 120 bytes, and names of images can be longer.
  return Cat("chartseal: ", Answered(ruling), ": ", Printable(report.image),
             ruling.policy.empty() ? "" : Cat(" (policy ", Printable(ruling.policy), " warns)"));
}

// Whether this ruling stops the request.
bool Denies(const Ruling& ruling) { return ruling.answer != Answer::kYes && ruling.effect == Effect::kDeny; }
bool Warns(const Ruling& ruling) { return ruling.answer != Answer::kYes && ruling.effect == Effect::kWarn; }

const Ruling* FirstDenial(const ImageReport& report) {
  for (const Ruling& ruling : report.rulings) {
    if (Denies(ruling)) return &ruling;
  }
  return nullptr;
}

std::string AuditValue(const ImageReport& report) {
  std::string value = Printable(report.image);
  if (report.digest.has_value()) value += Cat(" is ", report.digest->ToString());
  for (const Ruling& ruling : report.rulings) {
    value +=
        Cat("; ", ruling.policy.empty() ? "no policy" : Printable(ruling.policy), ": ", Name(ruling.answer));
    if (ruling.answer != Answer::kYes) value += Cat(" (", NameOf(ruling.reason), ")");
  }
  return value;
}

void Deny(Decision& decision, Reason reason) {
  decision.response.allowed = false;
  decision.reason = reason;
  decision.effect = Effect::kDeny;
  decision.verdict = "denied";
}

void Warn(Decision& decision, const ImageReport& report, const Ruling& ruling) {
  decision.response.warnings.push_back(WarningLine(report, ruling));
  if (decision.verdict != "allowed") return;
  decision.verdict = "warned";
  decision.effect = Effect::kWarn;
  decision.reason = ruling.reason;
}

void AddDenials(Decision& decision) {
  size_t denied = 0;
  std::string lines;
  for (const ImageReport& report : decision.reports) {
    const Ruling* ruling = FirstDenial(report);
    if (ruling == nullptr) continue;
    if (denied++ == 0) Deny(decision, ruling->reason);
    std::string line = Line(report, *ruling);
    if (line.size() > limits::kMaxDenialLineBytes)
      line = Cat(line.substr(0, limits::kMaxDenialLineBytes), "...");
    lines += Cat("\n- ", line);
  }
  if (denied == 0) return;
  const size_t asked = decision.reports.size();
  const std::string what = asked == 1 ? "the image" : Cat(denied, " of ", asked, " images");
  decision.response.message = Cat("chartseal does not admit ", what, ":", lines);
}

}  // namespace

Decision Allow(const AdmissionRequest& request) {
  Decision decision;
  decision.response.uid = request.uid;
  decision.response.allowed = true;
  decision.verdict = "allowed";
  return decision;
}

Decision DenyObject(const AdmissionRequest& request, const Rejection& rejection) {
  Decision decision = Allow(request);
  Deny(decision, rejection.reason);
  decision.response.message = Cat("chartseal does not admit this ", Printable(request.kind.kind), ": ",
                                  rejection.ToString(), "; next: ", Remedy(rejection.reason, "", ""));
  return decision;
}

Decision Decide(const AdmissionRequest& request, std::vector<ImageReport> reports, Endpoint endpoint) {
  Decision decision = Allow(request);
  decision.reports = std::move(reports);
  auto& annotations = decision.response.audit_annotations;
  annotations.reserve(decision.reports.size());
  for (const ImageReport& report : decision.reports) {
    for (const Ruling& ruling : report.rulings) {
      if (Warns(ruling)) Warn(decision, report, ruling);
    }
    annotations.emplace_back(Cat("image-", annotations.size()), AuditValue(report));
  }
  if (endpoint == Endpoint::kMutate) decision.response.warnings.clear();
  AddDenials(decision);
  return decision;
}

}  // namespace chartseal::webhook
