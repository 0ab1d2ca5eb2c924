#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/crypto/digest.h"
#include "verifier/policy/label_selector.h"
#include "verifier/verification/ruling.h"
#include "webhook/extractors.h"
#include "webhook/image_verifier.h"

// One image that a request brings in: what is asked about it, and what the policies that cover it say.
namespace chartseal::webhook {

using verification::Answer;
using verification::Denies;
using verification::Effect;
using verification::EffectOf;
using verification::Name;
using verification::Ruling;
using verification::Warns;

// Where images are used, as far as policies can be limited to it.
struct Setting {
  const AdmissionRequest& request;
  const policy::Labels* namespace_labels = nullptr;  // null when they are not known
  std::shared_ptr<const PolicySnapshot> snapshot;
};

// One distinct image of a request.
struct Question {
  std::string image;           // as written at the first place
  std::vector<ImageUse> uses;  // every place that names it; at least one
  // What to ask; the policies may be none. An error when the name is no reference. `pull` is set by those who
  // go on to ask a registry.
  absl::StatusOr<ImageQuery> query;
};

// What came of a question: a ruling for each policy that matches, or exactly one without a policy.
struct ImageReport {
  std::string image;
  std::vector<std::string> paths;
  std::optional<crypto::Digest> digest;  // what was judged
  std::vector<Ruling> rulings;
  bool remembered = false;  // answered without fetching evidence
  // Whether the digest may be written in place of the tag: every policy says yes, and lets that be done.
  bool pinnable = false;
  absl::Duration registry_time;
  absl::Duration crypto_time;
  std::shared_ptr<const verification::Evidence> evidence;  // when it is at hand
};

// One question for each distinct image, in order of first appearance. Two spellings of one reference are one
// image.
std::vector<Question> MakeQuestions(std::vector<ImageUse> images, const Setting& setting);

// The report on a question that need not be asked: its name cannot be read, or no policy covers it.
std::optional<ImageReport> ReportWithoutAsking(const Question& question, policy::NoMatch no_match);

// The report on a question that was asked. An outcome on other content than what was asked about counts as
// "could not tell".
ImageReport Report(const Question& question, const absl::StatusOr<ImageOutcome>& outcome);

}  // namespace chartseal::webhook
