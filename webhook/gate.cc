#include "webhook/gate.h"

#include <utility>

#include "webhook/extractors.h"
#include "webhook/mutation.h"

namespace chartseal::webhook {
Gate::Gate(std::shared_ptr<const PolicySource> policies, std::shared_ptr<ImageVerifier> verifier,
           std::shared_ptr<const NamespaceLabels> labels, ImagePathTable paths)
    : policies_(std::move(policies)),
      verifier_(std::move(verifier)),
      labels_(std::move(labels)),
      paths_(std::move(paths)) {}

std::optional<Decision> Gate::Begin(PendingReview& review, absl::Time now) const {
  const AdmissionRequest& request = review.request;
  if (BringsNoImages(request, paths_)) return Allow(request);
  Checked<std::vector<ImageUse>> images = ImagesToVerify(request, paths_);
  if (!images.ok()) return DenyObject(request, images.rejection());
  if (images->empty()) return Allow(request);
  review.snapshot = policies_->Current();
  if (!review.snapshot->complete) return DenyObject(request, PoliciesNotRead());
  const auto labels = labels_ == nullptr ? nullptr : labels_->Of(request.namespace_name);
  review.questions = MakeQuestions(std::move(images).value(), {request, labels.get(), review.snapshot});
  review.reports.reserve(review.questions.size());
  bool open = false;
  for (const Question& question : review.questions) {
    auto report = ReportWithoutAsking(question, review.snapshot->policies.no_match);
    if (!report.has_value()) {
      if (auto recalled = verifier_->Recall(*question.query, now)) {
        report = Report(question, *std::move(recalled));
      }
    }
    open = open || !report.has_value();
    review.reports.push_back(std::move(report));
  }
  if (open) return std::nullopt;
  return DecideOn(review);
}

Decision Gate::Finish(PendingReview& review, absl::Time deadline) const {
  const auto pull = std::make_shared<const PullContext>(PullContextOf(review.request, paths_));
  std::vector<ImageQuery> queries;
  for (size_t i = 0; i < review.questions.size(); ++i) {
    if (review.reports[i].has_value()) continue;
    queries.push_back(*review.questions[i].query);
    queries.back().pull = pull;
  }
  const auto outcomes = verifier_->VerifyAll(queries, deadline);
  for (size_t i = 0, next = 0; i < review.questions.size(); ++i) {
    if (!review.reports[i].has_value()) review.reports[i] = Report(review.questions[i], outcomes[next++]);
  }
  return DecideOn(review);
}

Decision Gate::DecideOn(PendingReview& review) const {
  const bool mutates = review.endpoint == Endpoint::kMutate && MayBePinned(review.request);
  std::vector<Pin> pins;
  std::vector<ImageReport> reports;
  reports.reserve(review.reports.size());
  for (size_t i = 0; i < review.reports.size(); ++i) {
    ImageReport& report = *review.reports[i];
    if (mutates && report.pinnable) {
      for (const ImageUse& use : review.questions[i].uses) pins.push_back({use, *report.digest});
    }
    reports.push_back(std::move(report));
  }
  Decision decision = Decide(review.request, std::move(reports), review.endpoint);
  if (!decision.response.allowed) return decision;
  decision.response.patch = PinPatch(pins);
  decision.pins = std::move(pins);
  return decision;
}

}  // namespace chartseal::webhook
