#include "webhook/question.h"

#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "webhook/remedy.h"

namespace chartseal::webhook {

namespace {

// With what a person can do about it, where nobody has said so yet.
Ruling WithRemedy(Ruling ruling, const oci::Reference& reference) {
  if (ruling.answer != Answer::kYes && ruling.next.empty()) {
    ruling.next = Remedy(ruling.reason, reference.host(), reference.Name());
  }
  return ruling;
}

// A name that is no reference: no policy can be found for it, and no node could pull it.
Ruling UnreadableName(const absl::Status& status) {
  return {.reason = Reason::kReferenceMalformed,
          .detail = Message(status),
          .next = Remedy(Reason::kReferenceMalformed, "", "")};
}

Ruling NothingMatches(const oci::Reference& reference, policy::NoMatch no_match) {
  return {.effect = EffectOf(no_match),
          .answer = Answer::kNo,
          .reason = Reason::kNoPolicyMatches,
          .detail = Cat("no policy covers ", reference.Name(), " in this namespace"),
          .next = Remedy(Reason::kNoPolicyMatches, reference.host(), reference.Name())};
}

ImageReport Begin(const Question& question) {
  ImageReport report{.image = question.image, .paths = {}, .digest = std::nullopt, .rulings = {}};
  report.paths.reserve(question.uses.size());
  for (const ImageUse& use : question.uses) report.paths.push_back(use.path);
  return report;
}

// What the verifier said, or why it cannot count.
absl::Status CheckOutcome(const ImageQuery& query, const absl::StatusOr<ImageOutcome>& outcome) {
  RETURN_IF_ERROR(outcome.status());
  if (outcome->conclusions.size() != query.policies.size()) {
    return absl::InternalError("an answer is missing");
  }
  const auto& asked = query.reference.digest();
  if (!asked.has_value() || !outcome->digest.has_value() || *outcome->digest == *asked) {
    return absl::OkStatus();
  }
  return WithReason(
      absl::DataLossError(Cat("asked about ", asked->ToString(), ", judged ", outcome->digest->ToString())),
      Reason::kDigestMismatch);
}

bool MayPin(const ImageQuery& query, const ImageReport& report) {
  if (query.reference.digest().has_value() || !report.digest.has_value()) return false;
  for (size_t i = 0; i < query.policies.size(); ++i) {
    if (report.rulings[i].answer != Answer::kYes || !query.policies[i]->mutate_digest) return false;
  }
  return !query.policies.empty();
}

// The labels of the object, when some policy asks for them. Unknown where the resource is: then every rule
// about it counts.
std::optional<policy::Labels> ObjectLabels(const Setting& setting) {
  if (setting.request.resource.empty()) return std::nullopt;
  for (const policy::Policy& policy : setting.snapshot->policies.policies) {
    if (!policy.resources.empty()) return LabelsOf(setting.request);
  }
  return std::nullopt;
}

// By canonical spelling, or as written where that is none.
bool IsSame(const Question& question, const ImageUse& use, const absl::StatusOr<oci::Reference>& reference) {
  if (!reference.ok()) return !question.query.ok() && question.image == use.reference;
  return question.query.ok() && question.query->reference == *reference;
}

class QuestionMaker {
 public:
  QuestionMaker(const Setting& setting, size_t images) : setting_(setting), labels_(ObjectLabels(setting)) {
    questions_.reserve(images);
  }

  void Add(ImageUse use) {
    auto reference = oci::Reference::Parse(use.reference);
    for (Question& question : questions_) {  // few, and a map would cost more
      if (IsSame(question, use, reference)) return question.uses.push_back(std::move(use));
    }
    questions_.push_back({use.reference, {}, Query(std::move(reference))});
    questions_.back().uses.push_back(std::move(use));
  }

  std::vector<Question> Take() && { return std::move(questions_); }

 private:
  absl::StatusOr<ImageQuery> Query(absl::StatusOr<oci::Reference> reference) const {
    RETURN_IF_ERROR(reference.status());
    const AdmissionRequest& request = setting_.request;
    const std::string name = reference->Name();
    auto policies =
        setting_.snapshot->policies.Match({.kind = policy::ArtifactKind::kImage,
                                           .name = name,
                                           .namespace_name = request.namespace_name,
                                           .namespace_labels = setting_.namespace_labels,
                                           .group = request.resource_group,
                                           .version = request.resource_version,
                                           .resource = request.resource,
                                           .object_labels = labels_.has_value() ? &*labels_ : nullptr});
    return ImageQuery{*std::move(reference), std::move(policies), setting_.snapshot, nullptr};
  }

  const Setting& setting_;
  const std::optional<policy::Labels> labels_;
  std::vector<Question> questions_;
};

}  // namespace

std::vector<Question> MakeQuestions(std::vector<ImageUse> images, const Setting& setting) {
  QuestionMaker maker(setting, images.size());
  for (ImageUse& use : images) maker.Add(std::move(use));
  return std::move(maker).Take();
}

std::optional<ImageReport> ReportWithoutAsking(const Question& question, policy::NoMatch no_match) {
  if (question.query.ok() && !question.query->policies.empty()) return std::nullopt;
  ImageReport report = Begin(question);
  report.rulings.push_back(question.query.ok() ? NothingMatches(question.query->reference, no_match)
                                               : UnreadableName(question.query.status()));
  return report;
}

ImageReport Report(const Question& question, const absl::StatusOr<ImageOutcome>& outcome) {
  const ImageQuery& query = *question.query;
  ImageReport report = Begin(question);
  const absl::Status whole = CheckOutcome(query, outcome);
  for (size_t i = 0; i < query.policies.size(); ++i) {
    Ruling ruling{.policy = query.policies[i]->name, .effect = EffectOf(query.policies[i]->mode)};
    const absl::Status& status = whole.ok() ? outcome->conclusions[i].status() : whole;
    ruling = status.ok() ? WithConclusion(std::move(ruling), *outcome->conclusions[i])
                         : WithStatus(std::move(ruling), status);
    report.rulings.push_back(WithRemedy(std::move(ruling), query.reference));
  }
  if (!whole.ok()) return report;
  report.digest = outcome->digest;
  report.pinnable = MayPin(query, report);
  report.remembered = outcome->remembered;
  report.registry_time = outcome->registry_time;
  report.crypto_time = outcome->crypto_time;
  report.evidence = outcome->evidence;
  return report;
}

}  // namespace chartseal::webhook
