#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/signing/identity_token.h"
#include "publisher/signing/services.h"
#include "publisher/signing/signing_config.h"
#include "publisher/signing/signing_plan.h"
#include "verifier/crypto/private_key.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::publisher {

// How to sign without a key of one's own. `token` is asked for one token for each signature, so that one that
// expires is replaced.
struct Keyless {
  SigningServices services;
  std::function<absl::StatusOr<IdentityToken>(absl::Time deadline)> token;
};

// A long-lived key. Log and timestamps are optional: none at all for air-gapped use.
struct KeyPair {
  std::shared_ptr<const crypto::PrivateKey> key;
  std::optional<SigningServices> services;  // its Fulcio is not used
};

// A signature made and checked.
struct MadeSignature {
  std::string bundle_json;  // Sigstore bundle v0.3
  // The parts, for the legacy layout: only what was made.
  std::string signature;                 // raw
  std::string payload;                   // what was signed: the statement or legacy payload; empty for a blob
  std::string layer;                     // of the legacy layout: the blob, a payload or an envelope
  std::string certificate_pem;           // leaf; empty with a key pair
  std::string chain_pem;                 // issuers as Fulcio gave them
  std::vector<Node> log_entries;         // as in the bundle
  std::vector<std::string> timestamps;   // DER TimeStampResp
  sigstore::VerifiedSignature verified;  // what it proves under the trusted root
};

// Makes signatures: ephemeral key (wiped at once) → sign → certificate → timestamps and log entries → bundle
// → verify with the trusted root (spec/sigstore.md §5.6). What does not verify is not handed out:
// FailedPrecondition with kSelfVerificationFailed and the reason. Thread-safe.
class Signer {
 public:
  Signer(std::variant<Keyless, KeyPair> means, ServiceCaller caller,
         std::shared_ptr<const sigstore::TrustedRoot> root)
      : means_(std::move(means)), caller_(std::move(caller)), root_(std::move(root)) {}

  // DSSE over an in-toto statement (cosign v3's form, §1.4). Errors also those of services.h and of the
  // token.
  absl::StatusOr<MadeSignature> SignStatement(std::string_view statement, const crypto::Digest& subject,
                                              absl::Time deadline) const;
  // messageSignature over a blob.
  absl::StatusOr<MadeSignature> SignBlob(std::string_view blob, absl::Time deadline) const;
  // The payload of the legacy layout (§1.1): hashedrekord over the payload's digest. No bundle_json.
  absl::StatusOr<MadeSignature> SignPayload(std::string_view payload, const crypto::Digest& subject,
                                            absl::Time deadline) const;
  // A statement for the legacy layout (§1.2): the envelope is the layer, and timestamps are over that. No
  // bundle_json.
  absl::StatusOr<MadeSignature> SignLegacyStatement(std::string_view statement, const crypto::Digest& subject,
                                                    absl::Time deadline) const;

  // What can be known without asking anybody: FailedPrecondition when the services that are selected, or the
  // key, could not make a signature of this form (PlanSigning).
  absl::Status CanMake(ContentForm form) const;

  bool keyless() const { return std::holds_alternative<Keyless>(means_); }
  // What it signs with; nullptr when keyless. Borrowed.
  const KeyPair* key_pair() const { return std::get_if<KeyPair>(&means_); }

 private:
  std::variant<Keyless, KeyPair> means_;
  ServiceCaller caller_;
  std::shared_ptr<const sigstore::TrustedRoot> root_;
};

}  // namespace chartseal::publisher
