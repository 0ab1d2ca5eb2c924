#include "webhook/denial_text.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

// Text of policies, registries and certificates: one line each, with everything else escaped, so that
// nobody's text can pass for ours.
std::string Field(std::string_view label, std::string_view text) {
  return text.empty() ? std::string()
                      : Cat("\n    ", label, ": ", Printable(text, limits::kMaxDenialLineBytes / 4));
}

std::string NameOf(Reason reason) {
  return reason == Reason::kNone ? "unexplained" : std::string(Name(reason));
}

std::string Answered(const Ruling& ruling) {
  return ruling.answer == Answer::kCouldNotTell ? Cat("could not tell: ", NameOf(ruling.reason))
                                                : NameOf(ruling.reason);
}

std::string Why(const Ruling& ruling) {
  return ruling.detail.empty() ? std::string(Explanation(ruling.reason))
                               : Printable(ruling.detail, limits::kMaxDenialLineBytes / 4);
}

std::string Line(const Subject& subject, const Ruling& ruling) {
  std::string line = Cat(subject.name, " (", subject.where, "): ", Answered(ruling));
  line += Field("why", ruling.detail.empty() ? Explanation(ruling.reason) : std::string_view(ruling.detail));
  line += Field("expected", ruling.expected);
  line += Field("found", ruling.found);
  line += Field("policy", ruling.policy);
  line += Field("next", ruling.next);
  return line;
}

std::string AuditValue(std::string name, const std::optional<crypto::Digest>& digest,
                       const std::vector<Ruling>& rulings) {
  std::string value = std::move(name);
  if (digest.has_value()) value += Cat(" is ", digest->ToString());
  for (const Ruling& ruling : rulings) {
    value +=
        Cat("; ", ruling.policy.empty() ? "no policy" : Printable(ruling.policy), ": ", Name(ruling.answer));
    if (ruling.answer != Answer::kYes) value += Cat(" (", NameOf(ruling.reason), ")");
  }
  return value;
}

// Whom the policies took for the signer; of the first that says yes.
std::string SignerOf(const std::vector<Ruling>& rulings) {
  for (const Ruling& ruling : rulings) {
    if (ruling.answer == Answer::kYes && ruling.conclusion != nullptr) return ruling.conclusion->signer;
  }
  return {};
}

std::string Bounded(std::string line) {
  if (line.size() <= limits::kMaxDenialLineBytes) return line;
  return Cat(std::string_view(line).substr(0, limits::kMaxDenialLineBytes), "...");
}

std::string WarningLine(const std::string& name, const Ruling& ruling) {
  return Cat("chartseal: ", Answered(ruling), ": ", name,
             ruling.policy.empty() ? "" : Cat(" (policy ", Printable(ruling.policy), " warns)"));
}

std::string ChartOf(const verification::ReleaseReport& release) {
  return Cat("chart ", Printable(release.chart, 80), " ", Printable(release.version, 80));
}

// What of all documents of a release stands just so in the signed chart.
std::string Counted(const std::vector<chart::DocumentBinding>& documents) {
  const auto bound = std::count_if(documents.begin(), documents.end(), verification::IsBound);
  return Cat(bound, " bound, ", documents.size() - static_cast<size_t>(bound), " not bound");
}

void AddUnlessEmpty(std::string_view key, std::string value, AdmissionResponse& response) {
  if (!value.empty()) response.audit_annotations.emplace_back(key, std::move(value));
}

}  // namespace

Subject SubjectOf(const ImageReport& report) {
  std::string where = report.paths.empty() ? std::string() : Printable(report.paths.front());
  if (report.paths.size() > 1) where += Cat(" and ", report.paths.size() - 1, " more places");
  return {Printable(report.image), std::move(where), report.rulings};
}

Subject SubjectOf(const ChartReport& report) {
  std::string name = report.chart;
  if (!report.version.empty()) name += Cat(":", report.version);
  if (report.digest.has_value()) name += Cat("@", report.digest->ToString());
  return {Cat("chart ", Printable(name, limits::kMaxReviewImageBytes)), Printable(report.path),
          report.rulings};
}

std::string DenialLines(const Subject& subject, const Ruling& ruling) {
  return Bounded(Line(subject, ruling));
}

std::string DenialLine(std::string_view name, const Ruling& ruling) {
  std::string line = Cat(name, ": ", Answered(ruling), ": ", Why(ruling));
  for (const auto& [label, text] :
       {std::pair("expected ", &ruling.expected), std::pair("found ", &ruling.found),
        std::pair("policy ", &ruling.policy), std::pair("next: ", &ruling.next)}) {
    if (!text->empty()) line += Cat("; ", label, Printable(*text, limits::kMaxDenialLineBytes / 4));
  }
  return Bounded(std::move(line));
}

std::string ImageDenialLine(const verification::ReleaseReport& release, const Subject& image,
                            const Ruling& ruling, size_t denied) {
  const std::string more = denied < 2 ? "" : Cat(" and ", denied - 1, " more");
  return DenialLine(Cat(ChartOf(release), ": image ", image.name, " (", image.where, ")", more), ruling);
}

std::string WarningLine(const Subject& subject, const Ruling& ruling) {
  return WarningLine(subject.name, ruling);
}

std::string WarningLine(const verification::ReleaseReport& release, const Ruling& ruling) {
  return WarningLine(ChartOf(release), ruling);
}

std::string AuditValue(const ImageReport& report) {
  return AuditValue(Printable(report.image), report.digest, report.rulings);
}

std::string AuditValue(const ChartReport& report) {
  std::string name = report.chart;
  if (!report.version.empty()) name += Cat(":", report.version);
  std::string value = AuditValue(Printable(name), report.digest, report.rulings);
  const std::string signer = SignerOf(report.rulings);
  if (!signer.empty()) value += Cat("; signed by ", Printable(signer));
  return value;
}

void Annotate(const verification::ReleaseReport& release, AdmissionResponse& response) {
  const verification::PlaceReport* const place = release.place();
  std::string chart = place == nullptr ? ChartOf(release) : Cat(place->repository, ":", place->tag);
  const auto digest = place == nullptr ? std::nullopt : place->digest;
  AddUnlessEmpty("release-chart",
                 AuditValue(Printable(chart, limits::kMaxReviewImageBytes), digest, release.rulings),
                 response);
  AddUnlessEmpty("release-digest", digest.has_value() ? digest->ToString() : "", response);
  AddUnlessEmpty("release-fingerprint", release.fingerprint, response);
  AddUnlessEmpty("release-identity", Printable(SignerOf(release.rulings), limits::kMaxReviewImageBytes),
                 response);
  for (const Ruling& ruling : release.rulings) {
    if (ruling.answer == Answer::kYes) continue;
    AddUnlessEmpty("release-reason", Answered(ruling), response);
    break;
  }
  if (place != nullptr && !place->documents.empty()) {
    AddUnlessEmpty("release-documents", Counted(place->documents), response);
  }
}

}  // namespace chartseal::webhook
