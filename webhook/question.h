#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/reason.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
#include "verifier/verification/evidence.h"
#include "verifier/verification/verdict.h"
#include "webhook/extractors.h"

// One image that a request brings in: what is asked about it, and what the policies that cover it say.
namespace chartseal::webhook {

struct Conclusion;

// Verifies an image under one policy. Implementations are thread-safe.
class ImageVerifier {
 public:
  virtual ~ImageVerifier() = default;
  // Three-valued as ArtifactVerifier::Verify(); must return soon after `deadline`.
  virtual absl::StatusOr<verification::Verdict> Verify(const oci::Reference& reference,
                                                       const policy::Requirement& requirement,
                                                       absl::Time deadline) = 0;
};

// What follows when the answer is not yes.
enum class Effect { kDeny, kWarn, kAllow };
std::string_view Name(Effect effect);  // "enforce", "warn", "allow": the mode label of metrics

enum class Answer { kYes, kNo, kCouldNotTell };
std::string_view Name(Answer answer);  // "yes", "no", "could-not-tell"

// What one policy says about one image. Without a policy: what follows from no policy matching, or from a
// name that cannot be read.
struct Ruling {
  std::string policy;  // empty without one
  Effect effect = Effect::kDeny;
  Answer answer = Answer::kCouldNotTell;
  Reason reason = Reason::kNone;
  std::string detail;
  std::string expected;
  std::string found;
  std::string next;                              // what a person can do; empty for a yes
  std::shared_ptr<const Conclusion> conclusion;  // of a yes or no by a policy
};

// Borrows the policies.
struct Question {
  std::string image;               // as written at the first place
  std::vector<std::string> paths;  // every place that names it
  absl::StatusOr<oci::Reference> reference;
  std::vector<const policy::Policy*> policies;
};

// What came of a question: a ruling for each policy that matches, or exactly one without a policy.
struct ImageReport {
  std::string image;
  std::vector<std::string> paths;
  std::optional<crypto::Digest> digest;  // what was judged
  std::vector<Ruling> rulings;
  bool remembered = false;  // answered without asking a registry
  absl::Duration registry_time;
  absl::Duration crypto_time;
  std::shared_ptr<const verification::Evidence> evidence;  // when it is at hand
};

// One question for each distinct image, in order of first appearance. Two spellings of one reference are one
// image.
std::vector<Question> MakeQuestions(const std::vector<ImageUse>& images, std::string_view namespace_name,
                                    const policy::PolicySet& policies);

// Asks every matching policy. A tag is resolved once: what the first verdict judged is what the others judge.
ImageReport Ask(const Question& question, policy::NoMatch no_match, ImageVerifier& verifier,
                absl::Time deadline);

// The report when nobody got to ask in time.
ImageReport OutOfTime(const Question& question, policy::NoMatch no_match);

}  // namespace chartseal::webhook
