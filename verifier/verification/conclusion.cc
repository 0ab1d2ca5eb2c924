#include "verifier/verification/conclusion.h"

#include <utility>

#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"

namespace chartseal::verification {
namespace {

std::string SignerOf(const sigstore::VerifiedSignature& signature) {
  if (signature.claims.has_value()) return signature.claims->identity;
  if (!signature.key.has_value()) return {};
  return Cat("key ", crypto::Digest::Sha256Of(signature.key->spki_der()).ToString());
}

void Describe(const Finding& decisive, Conclusion& conclusion) {
  conclusion.authority = decisive.authority;
  conclusion.layout = Name(decisive.layout);
  if (!decisive.signature.has_value()) return;
  conclusion.signer = SignerOf(*decisive.signature);
  if (decisive.signature->claims.has_value()) conclusion.issuer = decisive.signature->claims->issuer;
  if (!decisive.signature->log_entries.empty()) {
    conclusion.log_index = decisive.signature->log_entries.front().log_index;
  }
  if (!decisive.signature->signed_times.empty()) {
    conclusion.signed_at = decisive.signature->signed_times.front();
  }
}

// Empty when no statement of a content fingerprint was accepted, or two that differ: then none is taken.
std::string StatedContent(const std::vector<Finding>& findings) {
  std::string content;
  for (const Finding& finding : findings) {
    if (!finding.accepted || finding.predicate_type != chart::kContentPredicate) continue;
    if (!finding.signature.has_value() || !finding.signature->statement.has_value()) return {};
    const auto stated = chart::FingerprintOf(finding.signature->statement->predicate);
    if (!stated.ok() || (!content.empty() && content != *stated)) return {};
    content = *stated;
  }
  return content;
}

}  // namespace

std::shared_ptr<const Conclusion> MakeConclusion(const Verdict& verdict) {
  auto conclusion = std::make_shared<Conclusion>();
  conclusion->accepted = verdict.accepted;
  if (verdict.accepted) {
    if (const auto* decisive = verdict.Decisive()) Describe(*decisive, *conclusion);
    conclusion->content = StatedContent(verdict.findings);
    return conclusion;
  }
  conclusion->reason = verdict.reason;
  conclusion->refusal =
      std::make_shared<const Refusal>(Refusal{verdict.detail, verdict.expected, verdict.found, verdict.next});
  return conclusion;
}

std::shared_ptr<const Conclusion> MakeConclusion(const Rejection& rejection) {
  auto conclusion = std::make_shared<Conclusion>();
  conclusion->reason = rejection.reason;
  conclusion->refusal =
      std::make_shared<const Refusal>(Refusal{rejection.detail, rejection.expected, rejection.found, ""});
  return conclusion;
}

}  // namespace chartseal::verification
