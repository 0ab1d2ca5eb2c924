#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/webhook/reviews.h"
#include "verifier/policy/policy.h"
#include "webhook/decision.h"
#include "webhook/decision_observer.h"

// Decisions for those who only look at them, without a gate or a registry.
namespace chartseal::webhook {

inline const absl::Time kDecidedAt = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15T08:00:00Z

inline Ruling YesBy(std::string policy, Effect effect = Effect::kDeny) {
  return {.policy = std::move(policy), .effect = effect, .answer = Answer::kYes};
}

inline Ruling NoBy(std::string policy, Effect effect = Effect::kDeny,
                   Reason reason = Reason::kIdentityMismatch) {
  return {.policy = std::move(policy),
          .effect = effect,
          .answer = Answer::kNo,
          .reason = reason,
          .detail = "signed by another identity",
          .expected = "https://good.test/release",
          .found = "https://evil.test/release",
          .next = "sign it"};
}

inline Ruling UnknownBy(std::string policy, Effect effect = Effect::kDeny) {
  return {.policy = std::move(policy),
          .effect = effect,
          .answer = Answer::kCouldNotTell,
          .reason = Reason::kUnreachable,
          .detail = "connection refused"};
}

inline ImageReport ReportOf(std::vector<Ruling> rulings, std::string image = "registry.test/acme/app:1") {
  ImageReport report;
  report.digest = crypto::Digest::Sha256Of(image);
  report.image = std::move(image);
  report.paths = {"spec.containers[app].image"};
  report.rulings = std::move(rulings);
  return report;
}

inline std::shared_ptr<const PolicySnapshot> SnapshotOf(const std::vector<std::string>& names) {
  auto snapshot = std::make_shared<PolicySnapshot>();
  for (const std::string& name : names) snapshot->policies.policies.emplace_back().name = name;
  snapshot->root_fingerprint = std::string(64, 'a');
  return snapshot;
}

// A request and what became of it; keeps what its view borrows.
struct Decided {
  AdmissionRequest request = ReviewText{.object = PodOf("registry.test/acme/app:1")}.Parsed();
  Decision decision;
  std::shared_ptr<const PolicySnapshot> snapshot;
  Endpoint endpoint = Endpoint::kValidate;
  absl::Time at = kDecidedAt;
  absl::Duration took = absl::Milliseconds(3);

  explicit Decided(std::vector<ImageReport> reports) { decision = Decide(request, std::move(reports)); }
  Decided(AdmissionRequest about, std::vector<ImageReport> reports) : request(std::move(about)) {
    decision = Decide(request, std::move(reports));
  }

  DecisionView View() const { return {request, decision, endpoint, snapshot, at, took}; }
};

}  // namespace chartseal::webhook
