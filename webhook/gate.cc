#include "webhook/gate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "verifier/base/limits.h"
#include "webhook/extractors.h"

namespace chartseal::webhook {

// The images of one request. Shared with the workers, which may come too late: by then nobody waits any more.
struct Gate::Batch {
  Batch(std::vector<Question> asked, std::shared_ptr<const policy::PolicySet> in_force,
        std::shared_ptr<ImageVerifier> by, absl::Time until)
      : questions(std::move(asked)),
        policies(std::move(in_force)),
        verifier(std::move(by)),
        deadline(until) {}

  const std::vector<Question> questions;
  const std::shared_ptr<const policy::PolicySet> policies;
  const std::shared_ptr<ImageVerifier> verifier;
  const absl::Time deadline;

  absl::Mutex mutex;
  size_t next ABSL_GUARDED_BY(mutex) = 0;  // the first question that nobody has taken
  size_t open ABSL_GUARDED_BY(mutex) = questions.size();
  std::vector<std::optional<ImageReport>> reports ABSL_GUARDED_BY(mutex) =
      std::vector<std::optional<ImageReport>>(questions.size());

  // Takes one question after the other until none is left. Runs in several workers at once.
  void Work() {
    while (const std::optional<size_t> index = Take()) {
      ImageReport report = Ask(questions[*index], policies->no_match, *verifier, deadline);
      absl::MutexLock lock(&mutex);
      reports[*index] = std::move(report);
      --open;
    }
  }

  std::optional<size_t> Take() {
    absl::MutexLock lock(&mutex);
    if (next == questions.size()) return std::nullopt;
    return next++;
  }

  // What there is when all is done, or at `until`.
  std::vector<ImageReport> Collect(absl::Time until) {
    absl::MutexLock lock(&mutex);
    mutex.AwaitWithDeadline(absl::Condition(
                                +[](size_t* count) { return *count == 0; }, &open),
                            until);
    next = questions.size();
    std::vector<ImageReport> collected;
    for (size_t i = 0; i < questions.size(); ++i) {
      collected.push_back(reports[i].has_value() ? *std::move(reports[i])
                                                 : OutOfTime(questions[i], policies->no_match));
    }
    return collected;
  }
};

Gate::Gate(std::shared_ptr<const policy::PolicySet> policies, std::shared_ptr<ImageVerifier> verifier)
    : policies_(std::move(policies)),
      verifier_(std::move(verifier)),
      workers_(limits::kMaxVerifyWorkers, limits::kMaxVerifyQueue) {}

Gate::~Gate() = default;

Decision Gate::Review(const AdmissionRequest& request, absl::Time deadline) {
  if (BringsNoImages(request)) return Allow(request);
  const Checked<std::vector<ImageUse>> images = ImagesToVerify(request);
  if (!images.ok()) return DenyObject(request, images.rejection());
  if (images->empty()) return Allow(request);
  return Decide(request, AskAll(MakeQuestions(*images, request.namespace_name, *policies_), deadline));
}

std::vector<ImageReport> Gate::AskAll(std::vector<Question> questions, absl::Time deadline) {
  const size_t workers = std::min<size_t>(questions.size(), limits::kMaxImagesAtOnce);
  auto batch = std::make_shared<Batch>(std::move(questions), policies_, verifier_, deadline);
  size_t hired = 0;
  while (hired < workers && workers_.TrySubmit([batch] { batch->Work(); })) ++hired;
  // With a full queue there is nobody to wait for.
  return batch->Collect(hired > 0 ? deadline : absl::InfinitePast());
}

}  // namespace chartseal::webhook
