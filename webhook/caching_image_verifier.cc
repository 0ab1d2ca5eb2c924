#include "webhook/caching_image_verifier.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/artifact_verifier.h"
#include "webhook/judgement.h"
#include "webhook/registry_waits.h"

namespace chartseal::webhook {

// The queries of one request. Shared with the workers, which may come too late: by then nobody waits any
// more.
class CachingImageVerifier::Batch {
 public:
  Batch(std::vector<ImageQuery> asked, absl::Time until)
      : queries(std::move(asked)), deadline(until), slots_(queries.size()) {}

  const std::vector<ImageQuery> queries;
  const absl::Time deadline;

  // What a query is waiting for, for when its time is over.
  struct Stage {
    std::string waiting;         // as long as there is no `progress`
    Flights::Progress progress;  // of what is asked of the registry
    Reason reason = Reason::kOverloaded;
  };
  void SetStage(size_t index, Stage stage) {
    const std::lock_guard lock(mutex_);
    slots_[index].stage = std::move(stage);
  }
  void Finish(size_t index, absl::StatusOr<ImageOutcome> outcome) {
    const std::lock_guard lock(mutex_);
    if (slots_[index].outcome.has_value()) return;
    slots_[index].outcome = std::move(outcome);
    --open_;
    changed_.notify_all();
  }
  bool abandoned() const { return abandoned_; }

  // Calls start(i) for each query, a bounded number of them at a time, until all are finished or `deadline`.
  template <typename Start>
  void Run(Start start) {
    std::unique_lock lock(mutex_);
    for (size_t next = 0;;) {
      while (next < queries.size() && open_ < limits::kMaxImagesAtOnce) {
        ++open_;
        slots_[next].stage.waiting = "too many verifications were under way to begin this one";
        lock.unlock();
        start(next++);
        lock.lock();
      }
      if (open_ == 0) return;
      const auto until = absl::ToChronoTime(deadline);
      const bool full = next == queries.size();
      const int before = open_;
      if (!changed_.wait_until(lock, until, [&] { return full ? open_ == 0 : open_ < before; })) break;
    }
    abandoned_ = true;
  }

  // What there is.
  std::vector<absl::StatusOr<ImageOutcome>> Collect() {
    const std::lock_guard lock(mutex_);
    std::vector<absl::StatusOr<ImageOutcome>> outcomes;
    outcomes.reserve(slots_.size());
    for (size_t i = 0; i < slots_.size(); ++i) {
      outcomes.push_back(slots_[i].outcome.has_value() ? *std::move(slots_[i].outcome)
                                                       : OutOfTime(queries[i], slots_[i].stage));
    }
    return outcomes;
  }

 private:
  struct Slot {
    Stage stage;
    std::optional<absl::StatusOr<ImageOutcome>> outcome;
  };

  static absl::Status OutOfTime(const ImageQuery& query, const Stage& stage) {
    const std::string step = stage.progress != nullptr ? stage.progress->UnderWay() : std::string();
    if (step.empty() && stage.reason == Reason::kOverloaded && !stage.waiting.empty()) {
      return Overloaded(query.reference.host(), stage.waiting);
    }
    return TookTooLong(query.reference.host(), step.empty() ? stage.waiting : step);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int open_ = 0;  // begun and not finished
  std::vector<Slot> slots_;
  std::atomic<bool> abandoned_ = false;
};

// One query on its way through a worker, and maybe a flight.
class CachingImageVerifier::Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  Lookup(CachingImageVerifier& owner, std::shared_ptr<Batch> batch, size_t index)
      : owner_(owner), batch_(std::move(batch)), index_(index) {}

  // In a worker.
  void Run() {
    if (batch_->abandoned()) return;  // it waited for a worker until its time was over
    if (const absl::Status status = Advance(); !status.ok()) batch_->Finish(index_, status);
  }

 private:
  const ImageQuery& query() const { return batch_->queries[index_]; }

  // Answers, or leaves that to a flight.
  absl::Status Advance() {
    std::shared_ptr<oci::ArtifactSource> source;
    std::optional<crypto::Digest> digest = query().reference.digest();
    if (!digest.has_value()) {
      ASSIGN_OR_RETURN(source, Source());
      ASSIGN_OR_RETURN(digest, Resolve(source));
    }
    judgement_.emplace(query(), std::move(digest), owner_.decisions_);
    if (AnswerFromMemory()) return absl::OkStatus();
    if (source == nullptr) {
      ASSIGN_OR_RETURN(source, Source());
    }
    JoinFlight(std::move(source));
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> Source() {
    batch_->SetStage(index_,
                     {"finding out the pull credentials of the pod", nullptr, Reason::kDeadlineExceeded});
    return owner_.sources_->For(*query().pull, batch_->deadline);
  }

  absl::StatusOr<crypto::Digest> Resolve(const std::shared_ptr<oci::ArtifactSource>& source) {
    const auto watched = std::make_shared<WatchedSource>(source, owner_.closing_);
    batch_->SetStage(index_, {"", watched, Reason::kDeadlineExceeded});
    const absl::Time begin = owner_.clock_();
    auto digest = verification::ResolveDigest(*watched, query().reference, batch_->deadline);
    resolve_time_ = owner_.clock_() - begin;
    return digest;
  }

  bool AnswerFromMemory() {
    const absl::Time now = owner_.clock_();
    const bool by_tag = !query().reference.digest().has_value();
    const bool recalled = judgement_->Recall(now);
    // A digest was counted by Recall() of the verifier already.
    if (by_tag) recalled ? owner_.decisions_.CountHit() : owner_.decisions_.CountMiss();
    if (recalled) {
      Finish(true, nullptr, {}, {});
      return true;
    }
    const auto kept =
        owner_.evidence_.Find(query().reference, *judgement_->digest(), *judgement_->Missing(), now);
    if (!kept.has_value() || !judgement_->Judge(*kept->evidence, kept->as_of, now)) return false;
    Finish(true, kept->evidence, {}, owner_.clock_() - now);
    return true;
  }

  void JoinFlight(std::shared_ptr<oci::ArtifactSource> source) {
    const Flights::Target target{query().reference, *judgement_->digest(), std::move(source),
                                 *judgement_->Missing()};
    auto ticket = owner_.flights_.Join(
        target, [self = shared_from_this()](const Landing& landing) { self->Land(landing); });
    batch_->SetStage(index_, {"", ticket.progress, Reason::kDeadlineExceeded});
    if (ticket.fly) ticket.fly();
  }

  // Also when nobody waits any more: the next to ask finds the answer.
  void Land(const Landing& landing) {
    const absl::Time begin = owner_.clock_();
    std::shared_ptr<const verification::Evidence> evidence;
    if (landing.evidence.ok()) {
      evidence = *landing.evidence;
      judgement_->Judge(*evidence, landing.as_of, landing.as_of);
    } else {
      judgement_->Fail(landing.evidence.status());
    }
    Finish(false, std::move(evidence), landing.took, owner_.clock_() - begin);
  }

  void Finish(bool remembered, std::shared_ptr<const verification::Evidence> evidence,
              absl::Duration registry_time, absl::Duration crypto_time) {
    ImageOutcome outcome = std::move(*judgement_).Take(remembered);
    outcome.evidence = std::move(evidence);
    outcome.registry_time = registry_time + resolve_time_;
    outcome.crypto_time = crypto_time;
    batch_->Finish(index_, std::move(outcome));
  }

  CachingImageVerifier& owner_;
  const std::shared_ptr<Batch> batch_;
  const size_t index_;
  std::optional<Judgement> judgement_;
  absl::Duration resolve_time_;
};

CachingImageVerifier::CachingImageVerifier(std::shared_ptr<SourceProvider> sources, net::Clock clock,
                                           const Options& options)
    : sources_(std::move(sources)),
      clock_(clock),
      workers_for_host_(options.workers_for_host),
      closing_(std::make_shared<std::atomic<bool>>(false)),
      decisions_(options.max_decisions, options.max_decision_bytes),
      evidence_(options.max_evidence_bytes),
      flights_(std::move(clock), closing_,
               [this](const Flights::Target& target, const Landing& landing) {
                 if (!landing.evidence.ok()) return;
                 evidence_.Put(target.repository, target.digest, target.scope, **landing.evidence,
                               landing.as_of);
               }),
      workers_(options.workers, options.workers_for_host, options.max_waiting) {}

CachingImageVerifier::~CachingImageVerifier() { *closing_ = true; }

std::optional<ImageOutcome> CachingImageVerifier::Recall(const ImageQuery& query, absl::Time now) {
  Judgement judgement(query, query.reference.digest(), decisions_);
  const bool recalled = judgement.Recall(now);
  if (query.reference.digest().has_value()) recalled ? decisions_.CountHit() : decisions_.CountMiss();
  if (!recalled) return std::nullopt;
  return std::move(judgement).Take(true);
}

std::vector<absl::StatusOr<ImageOutcome>> CachingImageVerifier::VerifyAll(
    const std::vector<ImageQuery>& queries, absl::Time deadline) {
  auto batch = std::make_shared<Batch>(queries, deadline);
  batch->Run([&](size_t i) {
    auto lookup = std::make_shared<Lookup>(*this, batch, i);
    const std::string& host = queries[i].reference.host();
    if (workers_.TrySubmit(host, [lookup] { lookup->Run(); })) return;
    batch->Finish(i, Overloaded(host, Cat("too many verifications wait for registries; at most ",
                                          workers_for_host_, " are worked on at once for one")));
  });
  auto outcomes = batch->Collect();
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].ok()) outcomes[i] = WithRemembered(queries[i], outcomes[i].status());
  }
  return outcomes;
}

absl::StatusOr<ImageOutcome> CachingImageVerifier::WithRemembered(const ImageQuery& query,
                                                                  const absl::Status& failure) {
  if (!query.reference.digest().has_value()) return failure;
  Judgement judgement(query, query.reference.digest(), decisions_);
  judgement.Recall(clock_());
  judgement.Fail(failure);
  ImageOutcome outcome = std::move(judgement).Take(false);
  const bool any = std::any_of(outcome.conclusions.begin(), outcome.conclusions.end(),
                               [](const auto& conclusion) { return conclusion.ok(); });
  return any ? absl::StatusOr<ImageOutcome>(std::move(outcome)) : failure;
}

std::shared_ptr<const verification::Evidence> CachingImageVerifier::Kept(const oci::Reference& repository,
                                                                         const crypto::Digest& digest) {
  auto kept = evidence_.Find(repository, digest, {.own_repository = false}, clock_());
  return kept.has_value() ? std::move(kept->evidence) : nullptr;
}

}  // namespace chartseal::webhook
