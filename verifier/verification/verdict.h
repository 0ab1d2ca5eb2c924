#pragma once

#include <optional>
#include <string>
#include <vector>

#include "verifier/base/reason.h"
#include "verifier/crypto/digest.h"
#include "verifier/sigstore/verify.h"

namespace chartseal::verification {

// Where evidence was found: one of the layouts of spec/sigstore.md §1.
enum class Layout {
  kBundleReferrer,  // a Sigstore bundle attached through `subject` (§1.4)
  kLegacyTag,       // cosign's `.sig` or `.att` tag (§1.1, §1.2)
  kLegacyReferrer,  // the same layers, attached through `subject` (§1.3)
  kFile,            // given by the caller
  kPolicy,          // nothing attached: a policy that says yes to everything (spec/peers.md §2.2, static)
};
std::string_view Name(Layout layout);  // "bundle", "legacy", "legacy-referrer", "file", "policy"

// One attached thing and what came of it.
struct Finding {
  Layout layout = Layout::kFile;
  std::string source;          // "ghcr.io/acme/app@sha256:… (layer 0)" or a file name
  std::string predicate_type;  // empty for a messageSignature or legacy signature
  bool accepted = false;
  bool undecodable = false;  // "could not tell" for this one; `rejection.reason` says why
  std::string authority;     // the one that accepted it
  Rejection rejection;       // when not accepted
  std::optional<sigstore::VerifiedSignature> signature;  // when the cryptography held, accepted or not
};

// Yes or no, with everything that was looked at. "Could not tell" is an absl::Status instead of this.
struct Verdict {
  bool accepted = false;
  crypto::Digest digest;  // what was verified
  Reason reason = Reason::kNone;
  std::string detail;  // one line
  std::string expected;
  std::string found;
  std::string next;  // what a person can do about a no
  std::vector<Finding> findings;
  std::string trusted_root_version;

  // The finding that decided a yes (the first accepted one), or nullptr.
  const Finding* Decisive() const;
  // A "no" as one line: "signed by another identity: expected …, found …; next: …".
  std::string Summary() const;
};

}  // namespace chartseal::verification
