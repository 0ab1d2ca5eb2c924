#include "webhook/definition_gate.h"

#include <string>
#include <vector>

#include "verifier/base/strings.h"
#include "verifier/chart/definition.h"
#include "webhook/denial_text.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kGroup = "apiextensions.k8s.io";
constexpr std::string_view kKind = "CustomResourceDefinition";
constexpr std::string_view kVersion = "v1";  // of the API; it alone is served since Kubernetes 1.22

std::string_view NameOf(const AdmissionRequest& request) {
  return request.object.Find("metadata").StringOr("name", request.name);
}

std::string_view GroupOf(const AdmissionRequest& request) {
  return request.object.Find("spec").StringOr("group");
}

bool IsBeingDeleted(const AdmissionRequest& request) {
  return request.operation == Operation::kUpdate &&
         !request.old_object.Find("metadata").StringOr("deletionTimestamp").empty();
}

// Whether nobody has to be asked, whatever policies say.
bool IsOfNoConcern(const PendingReview& review) {
  const AdmissionRequest& request = review.request;
  const bool writes = request.operation == Operation::kCreate || request.operation == Operation::kUpdate;
  // Validation follows a mutation, and decides; of a status the API server takes nothing else.
  return !writes || review.endpoint == Endpoint::kMutate || request.subresource == "status" ||
         IsBeingDeleted(request);
}

// In one line: helm shows one. Of several policies that deny, what the first says.
std::string MessageOf(const WantedDefinition& wanted, const std::vector<ChartReport>& reports) {
  const std::string name = Cat(kKind, " ", Printable(wanted.name));
  for (const ChartReport& report : reports) {
    for (const Ruling& ruling : report.rulings) {
      if (Denies(ruling)) return DenialLine(name, ruling);
    }
  }
  return name;
}

bool AnyCovers(const policy::PolicySet& policies, std::string_view group) {
  for (const policy::Policy& policy : policies.policies) {
    if (CoversDefinitions(policy, group)) return true;
  }
  return false;
}

Rejection Unreadable(const AdmissionRequest& request) {
  return {.reason = Reason::kKindNotCovered,
          .detail = "this version of the API is not known here",
          .expected = Cat(kGroup, "/", kVersion),
          .found = Printable(request.kind.version)};
}

}  // namespace

bool DefinitionGate::Covers(const AdmissionRequest& request) const {
  return request.kind.group == kGroup && request.kind.kind == kKind;
}

std::optional<Decision> DefinitionGate::Begin(PendingReview& review, absl::Time) const {
  const AdmissionRequest& request = review.request;
  if (IsOfNoConcern(review)) return Allow(request);
  if (request.kind.version != kVersion) return DenyObject(request, Unreadable(request));
  review.snapshot = policies_->Current();
  if (!review.snapshot->complete) return DenyObject(request, PoliciesNotRead());
  if (!AnyCovers(review.snapshot->policies, GroupOf(request))) return Allow(request);
  return std::nullopt;
}

Decision DefinitionGate::Finish(PendingReview& review, absl::Time deadline) const {
  const AdmissionRequest& request = review.request;
  const Node spec = request.object.Find("spec").ToNode();
  if (request.operation == Operation::kUpdate &&
      !chart::DefinitionDifference(request.old_object.Find("spec").ToNode(), spec).has_value()) {
    return Allow(request);
  }
  const WantedDefinition wanted = {.name = NameOf(request), .group = GroupOf(request), .spec = spec};
  Findings findings;
  for (const policy::Policy& policy : review.snapshot->policies.policies) {
    if (!CoversDefinitions(policy, wanted.group)) continue;
    findings.charts.push_back(JudgeDefinition(policy, wanted, charts_, tags_, deadline));
  }
  Decision decision = Conclude(request, std::move(findings), review.endpoint);
  if (!decision.response.allowed) decision.response.message = MessageOf(wanted, decision.charts);
  return decision;
}

}  // namespace chartseal::webhook
