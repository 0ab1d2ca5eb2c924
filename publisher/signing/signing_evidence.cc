#include "publisher/signing/signing_evidence.h"

#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/parallel.h"

namespace chartseal::publisher {
namespace {

class Collector {
 public:
  Collector(const ServiceCaller& caller, const SigningPlan& plan, const SignatureToRecord& what,
            absl::Time deadline)
      : caller_(caller), plan_(plan), what_(what), deadline_(deadline) {}

  absl::StatusOr<SigningEvidence> Run() {
    entries_.resize(plan_.logs.size(), absl::UnknownError("not asked"));
    timestamps_.resize(plan_.timestamp_urls.size(), absl::UnknownError("not asked"));
    const size_t count = entries_.size() + timestamps_.size();
    verification::ParallelFor(count, limits::kMaxFetchThreads, [this](size_t i) { Ask(i); });
    SigningEvidence evidence;
    for (auto& timestamp : timestamps_) {
      RETURN_IF_ERROR(timestamp.status());
      evidence.timestamps.push_back(*std::move(timestamp));
    }
    for (auto& entry : entries_) {
      RETURN_IF_ERROR(entry.status());
      evidence.log_entries.push_back(*std::move(entry));
    }
    return evidence;
  }

 private:
  void Ask(size_t i) {
    if (i < entries_.size()) {
      entries_[i] =
          LogToAny(plan_.logs[i], plan_.other_logs, [this](const RekorService& log) { return LogAt(log); });
    } else {
      timestamps_[i - entries_.size()] =
          RequestTimestamp(caller_, plan_.timestamp_urls[i - entries_.size()], Stamped(), deadline_);
    }
  }

  // Of a legacy attestation the whole envelope (spec/sigstore.md §1.2).
  std::string_view Stamped() const {
    return what_.form == ContentForm::kLegacyStatement ? what_.envelope : what_.signature;
  }

  absl::StatusOr<Node> LogAt(const RekorService& log) const {
    if (IsStatement(what_.form) && log.version == 1) {
      return LogEnvelope(caller_, log, what_.envelope, what_.verifier, deadline_);
    }
    const std::string digest = crypto::Hash(DigestAlgorithm(), what_.signed_bytes);
    return LogSignature(caller_, log, digest, what_.signature, what_.verifier, deadline_);
  }

  // That of the key's own scheme: a log verifies the signature with it (spec/sigstore.md §0).
  crypto::HashAlgorithm DigestAlgorithm() const {
    switch (what_.verifier.key_type) {
      case crypto::KeyType::kEcdsaP384:
        return crypto::HashAlgorithm::kSha384;
      case crypto::KeyType::kEcdsaP521:
        return crypto::HashAlgorithm::kSha512;
      default:
        return crypto::HashAlgorithm::kSha256;
    }
  }

  const ServiceCaller& caller_;
  const SigningPlan& plan_;
  const SignatureToRecord& what_;
  const absl::Time deadline_;
  std::vector<absl::StatusOr<Node>> entries_;
  std::vector<absl::StatusOr<std::string>> timestamps_;
};

}  // namespace

absl::StatusOr<SigningEvidence> CollectEvidence(const ServiceCaller& caller, const SigningPlan& plan,
                                                const SignatureToRecord& what, absl::Time deadline) {
  return Collector(caller, plan, what, deadline).Run();
}

}  // namespace chartseal::publisher
