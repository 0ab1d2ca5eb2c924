#include "verifier/verification/blob_verifier.h"

#include "verifier/base/status.h"
#include "verifier/verification/evidence.h"
#include "verifier/verification/judge.h"

namespace chartseal::verification {

absl::StatusOr<Verdict> VerifyBlob(const sigstore::Artifact& artifact, std::string_view bundle_json,
                                   std::string_view where, const policy::Requirement& requirement,
                                   const sigstore::TrustedRoot& root) {
  ASSIGN_OR_RETURN(sigstore::Bundle bundle, sigstore::Bundle::ParseJson(bundle_json, where));
  Evidence evidence;
  evidence.candidates.push_back({Layout::kFile, std::string(where), std::move(bundle)});
  return Judge(evidence, artifact, SignatureForm::kBlob, requirement, root);
}

}  // namespace chartseal::verification
