#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/verdict.h"
#include "webhook/admission_review.h"
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
};

// Nothing to verify.
Decision Allow(const AdmissionRequest& request);

// The object itself cannot be judged: unknown kind, unreadable image field.
Decision DenyObject(const AdmissionRequest& request, const Rejection& rejection);

// The one place where "could not tell" becomes a denial (spec/design.md §3.2): every ruling under an
// enforcing policy must be a yes. Under a warning policy anything else becomes a warning; for mutation it is
// the same decision without the warnings, since validation follows and says them.
Decision Decide(const AdmissionRequest& request, std::vector<ImageReport> reports,
                Endpoint endpoint = Endpoint::kValidate);

}  // namespace chartseal::webhook
