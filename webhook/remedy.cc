#include "webhook/remedy.h"

#include "verifier/base/strings.h"

namespace chartseal::webhook {

std::string Remedy(Reason reason, std::string_view host, std::string_view name) {
  switch (reason) {
    case Reason::kUnreachable:
    case Reason::kRegistryError:
      return Cat("check that the webhook can reach ", host, ", then apply again");
    case Reason::kDeadlineExceeded:
      return Cat("apply again; if it stays slow, look at the way to ", host,
                 " and raise timeoutSeconds of the webhook");
    case Reason::kOverloaded:
      return Cat("wait and apply again; if it stays so, look at the way to ", host,
                 " or run more replicas of the webhook");
    case Reason::kKubeUnavailable:
      return "check that the webhook can reach the API server, then apply again";
    case Reason::kPolicyNotHonoured:
      return "have the policy changed to what can be evaluated; the reason names what cannot";
    case Reason::kPolicyRefuses:
      return Cat("use another image: the policy refuses ", name, " whoever signed it");
    case Reason::kFormatNotAllowed:
      return "sign it in a layout that the policy accepts, or have the policy accept this one";
    case Reason::kUnauthorized:
    case Reason::kCredentialsUnusable:
      return Cat("give the pod a pull secret, or the webhook credentials (registry-config), for ", host,
                 " that may read ", name);
    case Reason::kNotFound:
      return Cat("check name, tag and digest: ", host, " does not have it, or does not show it");
    case Reason::kRateLimited:
      return Cat("wait and apply again, or give the webhook credentials for ", host);
    case Reason::kTlsFailed:
      return Cat("check the certificate of ", host, " against the webhook's ca-file");
    case Reason::kChartSourceMalformed:
      return "write the field as the kind's own API has it; docs/gitops.md says what is read";
    case Reason::kReferenceMalformed:
    case Reason::kImageFieldMalformed:
      return "write it as host/repository:tag or host/repository@sha256:...";
    case Reason::kNoPolicyMatches:
      return Cat("use an image that a policy covers, or have a policy added whose match.images covers ",
                 name);
    case Reason::kKindNotCovered:
      return "take this kind out of the webhook's rules; its pods are verified when they are created";
    case Reason::kReleaseMalformed:
      return "let helm 3 or 4 write it; if it did, say so to whoever maintains chartseal";
    case Reason::kYamlMalformed:
      return "have the template render YAML without repeated keys, tags and escapes";
    case Reason::kLimitExceeded:
      return "make it smaller; docs/webhook.md lists the limits";
    case Reason::kNoSignature:
      return "sign this digest with the identity that the policy names, then apply again";
    case Reason::kIdentityMismatch:
    case Reason::kIssuerMismatch:
    case Reason::kClaimMismatch:
      return "use an image that the expected workflow released, or correct the policy's identity";
    default:
      return "run chartseal inspect and chartseal verify on it to see all that is attached";
  }
}

}  // namespace chartseal::webhook
