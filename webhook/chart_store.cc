#include "webhook/chart_store.h"

#include <utility>

#include "verifier/base/status.h"
#include "webhook/chart_pulls.h"

namespace chartseal::webhook {
namespace {

using verification::SignedChart;

// What is looked for.
enum class Wanted { kSigner, kSignerAndStatement };

// The policies, and for each the one that asks for a statement of the content fingerprint, if that is wanted.
// A snapshot of its own, since what is asked may go on when whoever asked is gone.
std::shared_ptr<const PolicySnapshot> SnapshotOf(const std::vector<const policy::Policy*>& policies,
                                                 Wanted wanted, const PolicySnapshot& in_force) {
  auto snapshot = std::make_shared<PolicySnapshot>();
  snapshot->root = in_force.root;
  snapshot->root_fingerprint = in_force.root_fingerprint;
  snapshot->policies.policies.reserve(2 * policies.size());
  for (const policy::Policy* policy : policies) snapshot->policies.policies.push_back(*policy);
  if (wanted == Wanted::kSigner) return snapshot;
  for (const policy::Policy* policy : policies) {
    snapshot->policies.policies.push_back(verification::ContentStatementPolicy(*policy));
  }
  return snapshot;
}

absl::StatusOr<SignedChart> FromOutcome(ImageOutcome outcome, const oci::Reference& reference, Wanted wanted,
                                        size_t asked) {
  const size_t answers = wanted == Wanted::kSigner ? asked : 2 * asked;
  if (outcome.conclusions.size() != answers) return absl::InternalError("an answer is missing");
  const auto digest = outcome.digest.has_value() ? outcome.digest : reference.digest();
  if (!digest.has_value()) return absl::InternalError("the tag was not resolved");
  if (reference.digest().has_value() && *reference.digest() != *digest) {
    return WithReason(absl::DataLossError("judged another digest than was asked about"),
                      Reason::kDigestMismatch);
  }
  const auto statements = outcome.conclusions.begin() + static_cast<std::ptrdiff_t>(asked);
  SignedChart chart{.digest = *digest, .conclusions = {outcome.conclusions.begin(), statements}};
  chart.fingerprint = verification::StatedFingerprint({statements, outcome.conclusions.end()});
  chart.stated = chart.fingerprint.has_value();
  chart.remembered = outcome.remembered;
  chart.registry_time = outcome.registry_time;
  chart.crypto_time = outcome.crypto_time;
  chart.evidence = std::move(outcome.evidence);
  return chart;
}

}  // namespace

// One who asks.
class ChartStore::Caller : public verification::SignedCharts {
 public:
  Caller(ChartStore& store, PullContext pull, std::shared_ptr<const PolicySnapshot> snapshot)
      : store_(store),
        pull_(std::make_shared<const PullContext>(std::move(pull))),
        snapshot_(std::move(snapshot)) {}

  absl::StatusOr<SignedChart> Ask(const oci::Reference& reference,
                                  const std::vector<const policy::Policy*>& policies,
                                  absl::Time deadline) override {
    // Of an archive that was read it does not matter what is stated, and that nothing is would be asked again
    // long before who signed it.
    const bool is_read =
        reference.digest().has_value() && store_.pulls_->FingerprintOf(*reference.digest()).has_value();
    ASSIGN_OR_RETURN(
        SignedChart chart,
        Find(reference, policies, is_read ? Wanted::kSigner : Wanted::kSignerAndStatement, deadline));
    if (!chart.fingerprint.has_value()) chart.fingerprint = store_.pulls_->FingerprintOf(chart.digest);
    return chart;
  }

  absl::StatusOr<SignedChart> AskSigner(const oci::Reference& reference,
                                        const std::vector<const policy::Policy*>& policies,
                                        absl::Time deadline) override {
    return Find(reference, policies, Wanted::kSigner, deadline);
  }

  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                    absl::Time deadline) override {
    return store_.tags_.ListTagsAs(*pull_, repository, deadline);
  }

  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                           const crypto::Digest& digest,
                                                           absl::Time deadline) override {
    return store_.pulls_->Get(*pull_, repository, digest, *store_.parts_.workers, deadline);
  }

 private:
  absl::StatusOr<SignedChart> Find(const oci::Reference& reference,
                                   const std::vector<const policy::Policy*>& policies, Wanted wanted,
                                   absl::Time deadline) {
    ImageQuery query{reference, {}, SnapshotOf(policies, wanted, *snapshot_), pull_};
    for (const policy::Policy& policy : query.snapshot->policies.policies) query.policies.push_back(&policy);
    ASSIGN_OR_RETURN(ImageOutcome outcome, Outcome(query, deadline));
    return FromOutcome(std::move(outcome), reference, wanted, policies.size());
  }

  absl::StatusOr<ImageOutcome> Outcome(const ImageQuery& query, absl::Time deadline) {
    ImageVerifier& verifier = *store_.parts_.verifier;
    if (query.reference.digest().has_value()) {
      if (auto recalled = verifier.Recall(query, store_.parts_.clock())) return *std::move(recalled);
    }
    return std::move(verifier.VerifyAll({query}, deadline).front());
  }

  ChartStore& store_;
  const std::shared_ptr<const PullContext> pull_;
  const std::shared_ptr<const PolicySnapshot> snapshot_;
};

ChartStore::ChartStore(Parts parts)
    : parts_(std::move(parts)),
      tags_(parts_.sources, parts_.workers),
      pulls_(std::make_shared<ChartPulls>(parts_.sources, parts_.clock)) {}

ChartStore::~ChartStore() { pulls_->Close(); }

std::unique_ptr<verification::SignedCharts> ChartStore::As(PullContext pull,
                                                           std::shared_ptr<const PolicySnapshot> snapshot) {
  return std::make_unique<Caller>(*this, std::move(pull), std::move(snapshot));
}

absl::StatusOr<SignedChart> ChartStore::Ask(const oci::Reference& reference,
                                            const std::vector<const policy::Policy*>& policies,
                                            absl::Time deadline) {
  return Caller(*this, {}, parts_.policies->Current()).Ask(reference, policies, deadline);
}

absl::StatusOr<SignedChart> ChartStore::AskSigner(const oci::Reference& reference,
                                                  const std::vector<const policy::Policy*>& policies,
                                                  absl::Time deadline) {
  return Caller(*this, {}, parts_.policies->Current()).AskSigner(reference, policies, deadline);
}

absl::StatusOr<std::vector<std::string>> ChartStore::ListTags(const oci::Reference& repository,
                                                              absl::Time deadline) {
  return tags_.ListTags(repository, deadline);
}

absl::StatusOr<std::shared_ptr<const chart::Chart>> ChartStore::Pull(const oci::Reference& repository,
                                                                     const crypto::Digest& digest,
                                                                     absl::Time deadline) {
  return pulls_->Get({}, repository, digest, *parts_.workers, deadline);
}

CacheStats ChartStore::chart_stats() const { return pulls_->chart_stats(); }
CacheStats ChartStore::fingerprint_stats() const { return pulls_->fingerprint_stats(); }
size_t ChartStore::pulls() const { return pulls_->size(); }

}  // namespace chartseal::webhook
