#pragma once

#include <string>
#include <vector>

#include "verifier/verification/release_verifier.h"
#include "webhook/admission_review.h"
#include "webhook/chart_report.h"
#include "webhook/question.h"

// What a decision says to people: at the keyboard, and in the audit log. Text of policies, registries and
// certificates is escaped, so that nobody's text can pass for ours.
namespace chartseal::webhook {

// What a denial or warning is about; borrowed.
struct Subject {
  std::string name;   // printable
  std::string where;  // in the object; printable
  const std::vector<Ruling>& rulings;
};
Subject SubjectOf(const ImageReport& report);
Subject SubjectOf(const ChartReport& report);

// "ghcr.io/acme/app:1 (spec.containers[web].image): could not tell: registry-unreachable", then a line for
// each fact. At most limits::kMaxDenialLineBytes, and a mark where it was cut.
std::string DenialLines(const Subject& subject, const Ruling& ruling);

// The same in one line, about what `name` says: helm shows one line.
std::string DenialLine(std::string_view name, const Ruling& ruling);
// As such a line, about one of the `denied` images of a release.
std::string ImageDenialLine(const verification::ReleaseReport& release, const Subject& image,
                            const Ruling& ruling, size_t denied);

// One line. What went wrong comes first: the API server shows 120 bytes, and names can be longer.
std::string WarningLine(const Subject& subject, const Ruling& ruling);
std::string WarningLine(const verification::ReleaseReport& release, const Ruling& ruling);

// What the audit log says of it.
std::string AuditValue(const ImageReport& report);
std::string AuditValue(const ChartReport& report);
// "release-chart", "release-digest", "release-identity" and so on, as far as they are known.
void Annotate(const verification::ReleaseReport& release, AdmissionResponse& response);

}  // namespace chartseal::webhook
