#include "verifier/verification/signed_charts.h"

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/verification/artifact_verifier.h"
#include "verifier/verification/chart_pull.h"

namespace chartseal::verification {
namespace {

using Concluded = absl::StatusOr<std::shared_ptr<const Conclusion>>;

Concluded Conclude(const absl::StatusOr<Verdict>& verdict, const policy::Policy& policy) {
  if (policy.not_honoured.has_value()) return MakeConclusion(*policy.not_honoured);
  RETURN_IF_ERROR(verdict.status());
  return MakeConclusion(*verdict);
}

}  // namespace

absl::StatusOr<SignedChart> RegistryCharts::Ask(const oci::Reference& reference,
                                                const std::vector<const policy::Policy*>& policies,
                                                absl::Time deadline) {
  std::vector<policy::Policy> statements;
  for (const policy::Policy* policy : policies) statements.push_back(ContentStatementPolicy(*policy));
  return Find(reference, policies, statements, deadline);
}

absl::StatusOr<SignedChart> RegistryCharts::AskSigner(const oci::Reference& reference,
                                                      const std::vector<const policy::Policy*>& policies,
                                                      absl::Time deadline) {
  return Find(reference, policies, {}, deadline);
}

absl::StatusOr<SignedChart> RegistryCharts::Find(const oci::Reference& reference,
                                                 const std::vector<const policy::Policy*>& policies,
                                                 const std::vector<policy::Policy>& statements,
                                                 absl::Time deadline) {
  ASSIGN_OR_RETURN(crypto::Digest digest, ResolveDigest(source_, reference, deadline));
  std::vector<const policy::Requirement*> wanted;
  for (const policy::Policy* policy : policies) wanted.push_back(&policy->requirement);
  for (const policy::Policy& statement : statements) wanted.push_back(&statement.requirement);
  const ArtifactVerifier verifier(source_, root_);
  ASSIGN_OR_RETURN(const auto verdicts,
                   verifier.VerifyAll(reference.WithDigestOnly(digest), wanted, deadline));
  SignedChart chart{.digest = std::move(digest), .conclusions = {}, .fingerprint = std::nullopt};
  std::vector<Concluded> stated;
  for (size_t i = 0; i < policies.size(); ++i) {
    chart.conclusions.push_back(Conclude(verdicts[i], *policies[i]));
  }
  for (size_t i = 0; i < statements.size(); ++i) {
    stated.push_back(Conclude(verdicts[policies.size() + i], *policies[i]));
  }
  chart.fingerprint = StatedFingerprint(stated);
  chart.stated = chart.fingerprint.has_value();
  return chart;
}

absl::StatusOr<SignedChart> SignedCharts::AskSigner(const oci::Reference& reference,
                                                    const std::vector<const policy::Policy*>& policies,
                                                    absl::Time deadline) {
  return Ask(reference, policies, deadline);
}

absl::StatusOr<std::vector<std::string>> SignedCharts::ListTags(const oci::Reference&, absl::Time) {
  return absl::UnimplementedError("tags cannot be listed here");
}

absl::StatusOr<std::vector<std::string>> RegistryCharts::ListTags(const oci::Reference& repository,
                                                                  absl::Time deadline) {
  return source_.ListTags(repository, deadline);
}

absl::StatusOr<std::shared_ptr<const chart::Chart>> RegistryCharts::Pull(const oci::Reference& repository,
                                                                         const crypto::Digest& digest,
                                                                         absl::Time deadline) {
  return PullChart(source_, repository, digest, deadline);
}

policy::Policy ContentStatementPolicy(const policy::Policy& policy) {
  policy::Policy statement = policy;
  if (!policy.fingerprint.empty()) {
    statement.fingerprint = Cat(policy.fingerprint, " ", chart::kContentPredicate);
  }
  statement.source = nullptr;
  statement.requirement.signature = false;
  statement.requirement.attestation_types = {std::string(chart::kContentPredicate)};
  statement.requirement.annotations.clear();
  return statement;
}

std::optional<std::string> StatedFingerprint(const std::vector<Concluded>& statements) {
  std::optional<std::string> stated;
  for (const Concluded& statement : statements) {
    if (!statement.ok() || !(*statement)->accepted || (*statement)->content.empty()) return std::nullopt;
    if (stated.has_value() && *stated != (*statement)->content) return std::nullopt;
    stated = (*statement)->content;
  }
  return stated;
}

}  // namespace chartseal::verification
