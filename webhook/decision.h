#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/verdict.h"
#include "verifier/verification/release_verifier.h"
#include "webhook/admission_review.h"
#include "webhook/chart_report.h"
#include "webhook/endpoint.h"
#include "webhook/question.h"

namespace chartseal::webhook {

// A tag that a mutation replaces with what it was verified as.
struct Pin {
  ImageUse use;
  crypto::Digest digest;
};

// What becomes of a request, and why.
struct Decision {
  AdmissionResponse response;
  // What decided it, for metrics and the log: the first denial, else the first warning, else kNone.
  Reason reason = Reason::kNone;
  Effect effect = Effect::kDeny;     // the mode under which it was decided
  std::string_view verdict;          // "allowed", "warned" or "denied"; static lifetime
  std::vector<ImageReport> reports;  // one for each distinct image
  std::vector<Pin> pins;             // of a mutation that is allowed; what response.patch writes
  std::vector<ChartReport> charts;   // that a GitOps object names
  std::optional<verification::ReleaseReport> release;  // of a release record that was verified
};

// Calls visit(ruling) for each that was given about the object: on its release, its charts and its images.
template <typename Visit>
void ForEachRuling(const Decision& decision, Visit visit) {
  if (decision.release.has_value()) {
    for (const Ruling& ruling : decision.release->rulings) visit(ruling);
    for (const Ruling& ruling : decision.release->warnings) visit(ruling);
  }
  for (const ChartReport& report : decision.charts) {
    for (const Ruling& ruling : report.rulings) visit(ruling);
  }
  for (const ImageReport& report : decision.reports) {
    for (const Ruling& ruling : report.rulings) visit(ruling);
  }
}

// Whether some policy could not tell.
bool AnyCouldNotTell(const Decision& decision);

// Nothing to verify.
Decision Allow(const AdmissionRequest& request);

// The object itself cannot be judged: unknown kind, unreadable image field. `next` is what a person can do;
// empty: what follows from the reason.
Decision DenyObject(const AdmissionRequest& request, const Rejection& rejection, std::string_view next = "");

// Not all policies have been read from the API server yet: one that denies may be among the others.
Rejection PoliciesNotRead();

// What was found out about all that an object names.
struct Findings {
  std::vector<ImageReport> images;
  std::vector<ChartReport> charts;
  std::optional<verification::ReleaseReport> release;
};

// The one place where "could not tell" becomes a denial (spec/design.md §3.2): every ruling under an
// enforcing policy must be a yes. Under a warning policy anything else becomes a warning; for mutation it is
// the same decision without the warnings, since validation follows and says them.
Decision Conclude(const AdmissionRequest& request, Findings findings,
                  Endpoint endpoint = Endpoint::kValidate);

// The same of an object that names only images.
Decision Decide(const AdmissionRequest& request, std::vector<ImageReport> reports,
                Endpoint endpoint = Endpoint::kValidate);

}  // namespace chartseal::webhook
