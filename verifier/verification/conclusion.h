#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "verifier/base/reason.h"
#include "verifier/base/verdict.h"
#include "verifier/verification/verdict.h"

namespace chartseal::verification {

// What is said to people about a no: the four texts of a Verdict.
struct Refusal {
  std::string detail;
  std::string expected;
  std::string found;
  std::string next;
};

// Yes or no of one policy about one digest, in the short form that is remembered: tens of thousands are.
struct Conclusion {
  bool accepted = false;
  Reason reason = Reason::kNone;
  std::shared_ptr<const Refusal> refusal;  // of a no; null for a yes
  // What decided a yes.
  std::string authority;
  std::string signer;  // identity, or "key sha256:..."
  std::string issuer;
  std::string_view layout;  // verification::Name(Layout); static lifetime
  std::optional<int64_t> log_index;
  std::optional<absl::Time> signed_at;
  // The content fingerprint of a chart, in hex, when statements of it were asked for and all that were
  // accepted state the same one; else empty.
  std::string content;
};

// The short form of a verdict.
std::shared_ptr<const Conclusion> MakeConclusion(const Verdict& verdict);
// The short form of what a policy refuses before anything is looked at.
std::shared_ptr<const Conclusion> MakeConclusion(const Rejection& rejection);

}  // namespace chartseal::verification
