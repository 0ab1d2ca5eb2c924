#include "webhook/chart_remedy.h"

#include "verifier/base/strings.h"
#include "webhook/remedy.h"

namespace chartseal::webhook {

std::string ChartRemedy(Reason reason, std::string_view host, std::string_view name) {
  switch (reason) {
    case Reason::kNoPolicyMatches:
      return Cat("use a chart that a policy covers, or have a policy added whose match.charts covers ",
                 Printable(name));
    case Reason::kChartSourceUnverifiable:
      return "publish the chart to an OCI registry, and name it there";
    case Reason::kChartSourceUnresolved:
      return "write repository and version out, or have gitOps.requirePin of the policy changed";
    case Reason::kChartNotPinned:
      return "name the chart by digest or by one version, or have gitOps.requirePin of the policy changed";
    case Reason::kVersionUnknown:
      return Cat("check the range against the tags of ", name);
    case Reason::kTagConflict:
      return "leave the tag out, or correct it: the digest is what counts";
    case Reason::kChartContentMismatch:
      return "use the archive that was released, byte for byte";
    case Reason::kUnauthorized:
    case Reason::kCredentialsUnusable:
      return Cat("give the webhook credentials (registry-config) for ", host, " that may read ", name);
    case Reason::kPolicyRefuses:
      return Cat("use another chart: the policy refuses ", name, " whoever signed it");
    case Reason::kIdentityMismatch:
    case Reason::kIssuerMismatch:
    case Reason::kClaimMismatch:
      return "use a chart that the expected workflow released, or correct the policy's identity";
    default:
      return Remedy(reason, host, name);
  }
}

}  // namespace chartseal::webhook
