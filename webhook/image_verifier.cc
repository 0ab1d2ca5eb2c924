#include "webhook/image_verifier.h"

#include <utility>

#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

std::string SignerOf(const sigstore::VerifiedSignature& signature) {
  if (signature.claims.has_value()) return signature.claims->identity;
  if (!signature.key.has_value()) return {};
  return Cat("key ", crypto::Digest::Sha256Of(signature.key->spki_der()).ToString());
}

void Describe(const verification::Finding& decisive, Conclusion& conclusion) {
  conclusion.authority = decisive.authority;
  conclusion.layout = verification::Name(decisive.layout);
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

}  // namespace

std::shared_ptr<const Conclusion> MakeConclusion(const verification::Verdict& verdict) {
  auto conclusion = std::make_shared<Conclusion>();
  conclusion->accepted = verdict.accepted;
  if (verdict.accepted) {
    if (const auto* decisive = verdict.Decisive()) Describe(*decisive, *conclusion);
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

}  // namespace chartseal::webhook
