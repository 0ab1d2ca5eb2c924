#include "audit/image_audit.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "audit/index_parts.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/reference.h"
#include "verifier/verification/artifact_verifier.h"
#include "verifier/verification/conclusion.h"

namespace chartseal::audit {
namespace {

using verification::Answer;
using verification::Conclusion;
using verification::Ruling;
using Policies = std::vector<const policy::Policy*>;
using Concluded = absl::StatusOr<std::shared_ptr<const Conclusion>>;

// One image, and what is asked about it.
struct Question {
  absl::StatusOr<oci::Reference> reference;  // with the digest that runs, if that is known
  Policies policies;
  absl::Status part_of{};  // why it could not be told whether the digest is part of an index
};

// What is known of one digest: the conclusion of each policy that was asked.
struct Digested {
  oci::Reference reference;
  Policies policies{};
  std::map<const policy::Policy*, Concluded> conclusions{};

  bool IsOpen() const { return conclusions.size() < policies.size(); }

  void Want(const Policies& more) {
    for (const policy::Policy* policy : more) {
      if (std::find(policies.begin(), policies.end(), policy) == policies.end()) policies.push_back(policy);
    }
  }
};

Question QuestionOf(const ImageInUse& image, const Asking& asking) {
  auto reference = oci::Reference::Parse(image.image);
  if (!reference.ok()) return {reference.status(), {}};
  const std::string name = reference->Name();
  Policies policies = asking.policies.Match({.kind = policy::ArtifactKind::kImage,
                                             .name = name,
                                             .namespace_name = image.object.namespace_name,
                                             .namespace_labels = asking.LabelsOf(image.object.namespace_name),
                                             .group = image.object.kind.group,
                                             .version = image.object.kind.version,
                                             .resource = image.object.resource});
  if (image.running && !reference->digest()) return {reference->WithDigest(*image.running), policies};
  return {*std::move(reference), std::move(policies)};
}

bool HasNothingAttached(const Concluded& concluded) {
  return concluded.ok() &&
         ((*concluded)->reason == Reason::kNoSignature || (*concluded)->reason == Reason::kNoAttestation);
}

class Audit {
 public:
  Audit(const std::vector<ImageInUse>& images, const Asking& asking) : images_(images), asking_(asking) {
    for (const ImageInUse& image : images) questions_.push_back(QuestionOf(image, asking));
  }

  std::vector<Result> Run() {
    ResolveTags();
    VerifyDigests();
    if (LookIntoIndexes()) VerifyDigests();
    std::vector<Result> results;
    for (size_t i = 0; i < images_.size(); ++i) results.push_back(ResultOf(images_[i], questions_[i]));
    return results;
  }

 private:
  absl::Time Deadline() const { return asking_.clock() + asking_.time_for_each; }

  // Each distinct one, where a policy asks for it.
  void ResolveTags() {
    for (const Question& question : questions_) {
      if (!question.reference.ok() || question.policies.empty() || question.reference->digest()) continue;
      tags_.emplace(question.reference->ToString(), absl::UnknownError("not asked"));
    }
    std::vector<std::pair<const std::string, absl::StatusOr<crypto::Digest>>*> open;
    for (auto& tag : tags_) open.push_back(&tag);
    ForEachInParallel(asking_, "tags", open.size(), [&](size_t i) {
      const auto reference = oci::Reference::Parse("oci://" + open[i]->first);
      open[i]->second = reference.ok() ? verification::ResolveDigest(asking_.source, *reference, Deadline())
                                       : reference.status();
    });
  }

  // Why it could not be resolved; requires policies and a reference.
  absl::StatusOr<crypto::Digest> DigestOf(const Question& question) const {
    if (question.reference->digest()) return *question.reference->digest();
    return tags_.at(question.reference->ToString());
  }

  void VerifyDigests() {
    for (const Question& question : questions_) {
      if (!question.reference.ok() || question.policies.empty()) continue;
      const auto digest = DigestOf(question);
      if (!digest.ok()) continue;
      const oci::Reference reference = question.reference->WithDigestOnly(*digest);
      digests_.try_emplace(reference.ToString(), Digested{reference}).first->second.Want(question.policies);
    }
    std::vector<Digested*> open;
    for (auto& [name, digested] : digests_) {
      if (digested.IsOpen()) open.push_back(&digested);
    }
    ForEachInParallel(asking_, "images", open.size(), [&](size_t i) { Verify(*open[i]); });
  }

  void Verify(Digested& digested) const {
    std::vector<const policy::Requirement*> wanted;
    for (const policy::Policy* policy : digested.policies) wanted.push_back(&policy->requirement);
    const verification::ArtifactVerifier verifier(asking_.source, asking_.root);
    const auto verdicts = verifier.VerifyAll(digested.reference, wanted, Deadline());
    for (size_t i = 0; i < digested.policies.size(); ++i) {
      const policy::Policy* policy = digested.policies[i];
      const auto verdict = verdicts.ok() ? (*verdicts)[i] : verdicts.status();
      Concluded concluded = policy->not_honoured ? verification::MakeConclusion(*policy->not_honoured)
                            : verdict.ok()       ? Concluded(verification::MakeConclusion(*verdict))
                                                 : Concluded(verdict.status());
      digested.conclusions.emplace(policy, std::move(concluded));
    }
  }

  const Concluded& ConclusionOn(const oci::Reference& digest, const policy::Policy* policy) const {
    return digests_.at(digest.WithDigestOnly(*digest.digest()).ToString()).conclusions.at(policy);
  }

  bool IsBare(const Question& question) const {
    return std::any_of(question.policies.begin(), question.policies.end(), [&](const policy::Policy* policy) {
      return HasNothingAttached(ConclusionOn(*question.reference, policy));
    });
  }

  // Some runtimes report the part of an index that suits their node, and signed is the index. Where the tag
  // names an index with that part, the index is asked about. Whether there are any.
  bool LookIntoIndexes() {
    std::map<std::string, std::vector<Question*>> bare;  // by tag and digest
    for (size_t i = 0; i < images_.size(); ++i) {
      Question& question = questions_[i];
      if (!images_[i].running || !question.reference.ok() || !question.reference->tag()) continue;
      if (!question.policies.empty() && IsBare(question))
        bare[question.reference->ToString()].push_back(&question);
    }
    std::vector<const std::vector<Question*>*> open;
    for (const auto& [name, questions] : bare) open.push_back(&questions);
    std::atomic<bool> any = false;
    ForEachInParallel(asking_, "indexes", open.size(), [&](size_t i) {
      const auto index = IndexWith(*open[i]->front()->reference, asking_.source, Deadline());
      for (Question* question : *open[i]) {
        question->part_of = index.status();
        if (!index.ok() || !index->has_value()) continue;
        question->reference = question->reference->WithDigest(**index);
        any = true;
      }
    });
    return any;
  }

  Result ResultOf(const ImageInUse& image, const Question& question) const {
    Result result{.object = image.object, .subject = image.image, .path = image.path};
    if (image.unreadable) {
      result.rulings.push_back({.answer = Answer::kNo,
                                .reason = image.unreadable->reason,
                                .detail = image.unreadable->detail,
                                .expected = image.unreadable->expected,
                                .found = image.unreadable->found});
    } else if (!question.reference.ok()) {
      result.rulings.push_back({.answer = Answer::kCouldNotTell,
                                .reason = Reason::kReferenceMalformed,
                                .detail = Message(question.reference.status())});
    } else if (question.policies.empty()) {
      result.rulings.push_back(NotCovered(*question.reference));
    } else {
      AddRulings(question, result);
      result.running = image.running.has_value();
    }
    return result;
  }

  Ruling NotCovered(const oci::Reference& reference) const {
    return {.effect = verification::EffectOf(asking_.policies.no_match),
            .answer = Answer::kNo,
            .reason = Reason::kNoPolicyMatches,
            .detail = Cat("no policy covers ", reference.Name(), " in this namespace"),
            .next = Cat("have a policy added whose match.images covers ", reference.Name())};
  }

  void AddRulings(const Question& question, Result& result) const {
    const auto digest = DigestOf(question);
    if (digest.ok()) result.digest = *digest;
    for (const policy::Policy* policy : question.policies) {
      Ruling ruling{.policy = policy->name, .effect = verification::EffectOf(policy->mode)};
      if (!digest.ok()) {
        result.rulings.push_back(WithStatus(std::move(ruling), digest.status()));
        continue;
      }
      Concluded concluded = ConclusionOn(question.reference->WithDigest(*digest), policy);
      if (!question.part_of.ok() && HasNothingAttached(concluded)) concluded = question.part_of;
      result.rulings.push_back(concluded.ok() ? WithConclusion(std::move(ruling), *concluded)
                                              : WithStatus(std::move(ruling), concluded.status()));
    }
  }

  const std::vector<ImageInUse>& images_;
  const Asking& asking_;
  std::vector<Question> questions_;                             // of each image
  std::map<std::string, absl::StatusOr<crypto::Digest>> tags_;  // what each stands for
  std::map<std::string, Digested> digests_;
};

}  // namespace

std::vector<Result> AuditImages(const std::vector<ImageInUse>& images, const Asking& asking) {
  return Audit(images, asking).Run();
}

}  // namespace chartseal::audit
