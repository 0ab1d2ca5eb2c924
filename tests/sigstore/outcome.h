#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "tests/sandbox/mint.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/reason.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/verify.h"

// What verification said, in a form that tests compare by reason and print whole.
namespace chartseal {

inline void PrintTo(Reason reason, std::ostream* out) { *out << Name(reason); }

}  // namespace chartseal

namespace chartseal::sigstore {

struct Outcome {
  Reason reason = Reason::kNone;  // kNone: verified
  std::string text;               // the rejection or error
  std::optional<VerifiedSignature> verified;
};

inline Outcome OutcomeOf(const absl::Status& status) {
  return {ReasonOf(status), Cat("error: ", Message(status)), std::nullopt};
}

inline Outcome OutcomeOf(Checked<VerifiedSignature> checked) {
  if (!checked.ok()) return {checked.rejection().reason, checked.rejection().ToString(), std::nullopt};
  return {Reason::kNone, "verified", std::move(checked).value()};
}

// Parses both and verifies; errors of parsing are outcomes too.
inline Outcome VerifyTexts(std::string_view bundle_json, std::string_view root_json, const Artifact& artifact,
                           const VerifyOptions& options = {}) {
  const auto root = TrustedRoot::ParseJson(root_json, "trusted_root.json");
  if (!root.ok()) return OutcomeOf(root.status());
  const auto bundle = Bundle::ParseJson(bundle_json, "bundle.json");
  if (!bundle.ok()) return OutcomeOf(bundle.status());
  return OutcomeOf(VerifyBundle(*bundle, artifact, *root, options));
}

// Mints with `sandbox` and verifies against its own root.
inline Outcome MintAndVerify(sandbox::Sigstore& sandbox, const sandbox::MintRequest& request,
                             const VerifyOptions& options = {},
                             const sandbox::TrustedRootOptions& trust = {}) {
  const std::string bundle = sandbox.Mint(request);
  const Artifact artifact{crypto::Digest::Sha256Of(request.artifact), request.artifact};
  return VerifyTexts(bundle, sandbox::TrustedRootJson(sandbox, trust), artifact, options);
}

}  // namespace chartseal::sigstore
