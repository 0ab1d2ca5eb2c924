#pragma once

#include <memory>
#include <string>

#include "tests/verification/memory_source.h"
#include "tests/verification/minted.h"
#include "verifier/policy/policy_file.h"
#include "verifier/verification/decision_record.h"
#include "verifier/verification/evidence.h"
#include "verifier/verification/judge.h"
#include "verifier/verification/replay.h"

// Decision records about an image in memory.
namespace chartseal::verification {

inline std::string PolicyYaml(std::string_view name, std::string_view subject,
                              std::string_view mode = "enforce") {
  return Cat("apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: ", name,
             " }\nspec:\n  mode: ", mode, "\n  match: { images: [\"registry.test/**\"] }\n",
             "  authorities:\n  - name: release\n    keyless:\n      identities:\n      - { issuer: \"",
             kIssuer, "\", subject: \"", subject, "\" }\n");
}

inline RecordedPolicy Recorded(const policy::Policy& policy) {
  const auto mode = policy.mode == policy::Mode::kEnforce ? kModeEnforce : kModeWarn;
  return {policy.name, policy.fingerprint, std::string(mode), policy.source};
}

// What a webhook would have recorded of `evidence` under the policies of `yaml`.
inline DecisionRecord RecordOf(const crypto::Digest& digest, std::shared_ptr<const Evidence> evidence,
                               const std::string& yaml) {
  DecisionRecord record;
  record.chartseal_version = "1.2.3";
  record.at = absl::FromUnixSeconds(1'800'000'000);
  record.took = absl::Microseconds(412'345);
  record.request = {"705ab4f5-1", "validate", "CREATE", "apps", "v1", "Deployment", "", "shop", "web", false};
  record.trusted_root_version = TestRoot().version();
  RecordedImage image;
  image.image = "registry.test/acme/app:v1";
  image.paths = {"spec.template.spec.containers[app].image"};
  image.digest = digest;
  image.registry_time = absl::Milliseconds(398);
  image.crypto_time = absl::Microseconds(1500);
  image.evidence = std::move(evidence);
  record.verdict = kVerdictAllowed;
  const policy::PolicySet set = policy::ParsePolicyFile(yaml, "policy.yaml").value();
  for (const policy::Policy& policy : set.policies) {
    record.policies.push_back(Recorded(policy));
    const auto verdict = Judge(*image.evidence, {digest, std::nullopt}, SignatureForm::kContainer,
                               policy.requirement, TestRoot());
    RecordedRuling ruling;
    ruling.policy = policy.name;
    ruling.mode = record.policies.back().mode;
    ruling.answer = !verdict.ok() ? kAnswerCouldNotTell : verdict->accepted ? kAnswerYes : kAnswerNo;
    ruling.reason = verdict.ok() ? verdict->reason : ReasonOf(verdict.status());
    if (verdict.ok() && !verdict->accepted) {
      ruling.detail = verdict->detail;
      ruling.expected = verdict->expected;
      ruling.found = verdict->found;
      ruling.next = verdict->next;
    }
    if (ruling.answer == kAnswerYes) {
      ruling.signer = kIdentity;
      ruling.issuer = kIssuer;
      ruling.authority = "release";
      ruling.layout = "bundle";
      ruling.log_index = 7;
      ruling.signed_at = absl::FromUnixSeconds(1'799'999'000);
    } else if (ruling.mode == kModeEnforce) {
      record.verdict = kVerdictDenied;
      record.reason = ruling.reason;
      record.message = "chartseal does not admit the image";
    }
    image.rulings.push_back(std::move(ruling));
  }
  record.images.push_back(std::move(image));
  return record;
}

// An image in memory, signed by the release workflow.
class RecordedImageSource {
 public:
  RecordedImageSource() { source.AttachBundle(MintSignature(digest)); }
  DecisionRecord Record(const std::string& yaml) { return RecordOf(digest, Fetch(), yaml); }
  std::shared_ptr<const Evidence> Fetch() {
    return std::make_shared<const Evidence>(
        FetchEvidence(source, Repository(), digest, {}, absl::InfiniteFuture()));
  }

  MemorySource source;
  const crypto::Digest digest = source.PutImage("app");
};

}  // namespace chartseal::verification
