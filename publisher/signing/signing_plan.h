#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "publisher/signing/signing_config.h"
#include "verifier/crypto/public_key.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::publisher {

// What is signed, and in which layout it will lie.
enum class ContentForm {
  kStatement,        // a bundle's envelope
  kBlob,             // a bundle's messageSignature
  kLegacyPayload,    // a `.sig` layer
  kLegacyStatement,  // a `.att` layer
};

inline bool IsStatement(ContentForm form) {
  return form == ContentForm::kStatement || form == ContentForm::kLegacyStatement;
}
inline bool IsLegacy(ContentForm form) {
  return form == ContentForm::kLegacyPayload || form == ContentForm::kLegacyStatement;
}

// Which services one signature is shown to, and what it must prove in the end.
struct SigningPlan {
  std::vector<RekorService> logs;        // each gets an entry
  std::vector<RekorService> other_logs;  // stand in for one that is frozen
  std::vector<std::string> timestamp_urls;
  sigstore::Thresholds thresholds;  // everything that was asked for is wanted
};

// Says before anything is sent that the services could not make a signature that anybody would accept:
// FailedPrecondition with kSigningConfigMalformed (no log, a log that gives no time and no timestamp
// authority, a legacy layout without Rekor v1) or kPrivateKeyUnusable (a log that does not take signatures of
// this type of key). `services` null: a key pair without any. The legacy layout carries one entry of a Rekor
// v1 log and one timestamp, so no more are asked for.
absl::StatusOr<SigningPlan> PlanSigning(ContentForm form, const SigningServices* services, bool keyless,
                                        crypto::KeyType key);

}  // namespace chartseal::publisher
