#include "publisher/signing/signing_plan.h"

#include <algorithm>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr int kLogThatPromises = 1;  // the version of Rekor whose entries carry a signed time

absl::Status Refuse(Reason reason, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(ToAbsl(what)), reason);
}

std::string Names(const std::vector<RekorService>& logs) {
  std::string names;
  for (const RekorService& log : logs) {
    names += Cat(names.empty() ? "" : ", ", "Rekor v", log.version, " ", Printable(log.url));
  }
  return names;
}

bool AnyPromises(const std::vector<RekorService>& logs) {
  return std::any_of(logs.begin(), logs.end(),
                     [](const RekorService& log) { return log.version == kLogThatPromises; });
}

// One log that promises and one timestamp: what the annotations have room for (spec/sigstore.md §1.1).
absl::Status LimitToLegacy(bool keyless, SigningPlan& plan) {
  const std::string found = Names(plan.logs);
  const auto gives_only_proofs = [](const RekorService& log) { return log.version != kLogThatPromises; };
  std::erase_if(plan.logs, gives_only_proofs);
  std::erase_if(plan.other_logs, gives_only_proofs);
  if (plan.logs.empty() && (keyless || !found.empty())) {
    return Refuse(Reason::kSigningConfigMalformed,
                  Cat("the legacy layout can carry the promise of a Rekor v1 log and nothing else, and the "
                      "signing config selects ",
                      found.empty() ? "no log" : found,
                      "; sign with --layout bundle, or give a signing config with a Rekor v1 log"));
  }
  if (plan.logs.size() > 1) plan.logs.resize(1);
  if (plan.timestamp_urls.size() > 1) plan.timestamp_urls.resize(1);
  return absl::OkStatus();
}

// A certificate lives ten minutes: without a signed time nobody could say that it was valid (§4.2).
absl::Status CheckKeyless(const SigningPlan& plan) {
  if (plan.logs.empty()) {
    return Refuse(Reason::kSigningConfigMalformed,
                  "keyless signatures need a transparency log, and the signing config selects none");
  }
  if (!AnyPromises(plan.logs) && plan.timestamp_urls.empty()) {
    return Refuse(Reason::kSigningConfigMalformed,
                  Cat("the signing config selects ", Names(plan.logs),
                      ", which gives no signed time, and no timestamp authority; nothing would say when the "
                      "signature was made: add one to tsaUrls and tsaConfig"));
  }
  return absl::OkStatus();
}

// spec/sigstore.md §5.4, §5.5: what a log verifies, it takes.
bool LogTakes(const RekorService& log, ContentForm form, crypto::KeyType key) {
  const bool envelope_entry = log.version == kLogThatPromises && IsStatement(form);
  switch (key) {
    case crypto::KeyType::kEcdsaP256:
    case crypto::KeyType::kRsa:
      return true;
    case crypto::KeyType::kEd25519:  // hashedrekord is for Ed25519ph only
      return envelope_entry;
    case crypto::KeyType::kEcdsaP384:
    case crypto::KeyType::kEcdsaP521:  // v1 takes SHA-256 throughout
      return log.version != kLogThatPromises;
  }
  return false;
}

absl::Status CheckKeyType(const SigningPlan& plan, ContentForm form, crypto::KeyType key) {
  for (const RekorService& log : plan.logs) {
    if (LogTakes(log, form, key)) continue;
    return Refuse(Reason::kPrivateKeyUnusable,
                  Cat("Rekor v", log.version, " ", Printable(log.url),
                      " takes no signature by a key of type ", crypto::Name(key),
                      " over this kind of content; use a P-256 or RSA key, or a signing "
                      "config without that log"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SigningPlan> PlanSigning(ContentForm form, const SigningServices* services, bool keyless,
                                        crypto::KeyType key) {
  SigningPlan plan;
  if (services != nullptr) {
    plan.logs = services->rekor;
    plan.other_logs = services->other_rekor;
    plan.timestamp_urls = services->timestamp_urls;
  }
  if (IsLegacy(form)) RETURN_IF_ERROR(LimitToLegacy(keyless, plan));
  if (keyless) RETURN_IF_ERROR(CheckKeyless(plan));
  RETURN_IF_ERROR(CheckKeyType(plan, form, key));
  plan.thresholds.transparency_logs = static_cast<int>(plan.logs.size());
  plan.thresholds.timestamp_authorities = static_cast<int>(plan.timestamp_urls.size());
  plan.thresholds.signed_times = keyless ? 1 : 0;
  plan.thresholds.scts = keyless ? 1 : 0;
  return plan;
}

}  // namespace chartseal::publisher
