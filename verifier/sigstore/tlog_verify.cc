#include "verifier/sigstore/tlog_verify.h"

#include <algorithm>

#include "absl/time/time.h"
#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/entry_binding.h"
#include "verifier/sigstore/inclusion_verify.h"
#include "verifier/sigstore/rekor_entry.h"
#include "verifier/sigstore/set.h"

namespace chartseal::sigstore {
namespace {

Rejection InclusionMissing(const TlogEntry& entry, std::string_view what) {
  return Rejection{Reason::kInclusionMissing, Cat("log entry ", entry.log_index, " has no ", what), "", ""};
}

// Which evidence a bundle of this version must carry (spec/sigstore.md §2.3).
Checked<Passed> CheckEvidencePresent(const TlogEntry& entry, BundleVersion version, bool rekor_v2) {
  const bool has_promise = entry.inclusion_promise.has_value();
  const bool has_proof = entry.inclusion_proof.has_value();
  if (!has_promise && !has_proof) return InclusionMissing(entry, "inclusion promise and no inclusion proof");
  if (version == BundleVersion::kV01 && !has_promise) {
    return InclusionMissing(entry, "inclusion promise, which a v0.1 bundle requires");
  }
  const bool needs_proof = version != BundleVersion::kV01 || rekor_v2;
  if (!needs_proof) return Passed{};
  if (!has_proof) return InclusionMissing(entry, "inclusion proof, which a bundle since v0.2 requires");
  if (!entry.inclusion_proof->checkpoint) {
    return Rejection{Reason::kCheckpointMissing,
                     Cat("the inclusion proof of log entry ", entry.log_index, " has no checkpoint"), "", ""};
  }
  return Passed{};
}

// Entries of one id share one key; they differ in validity.
Checked<absl::Time> VerifyPromise(std::string_view set, const SetContent& content,
                                  const std::vector<const TransparencyLog*>& logs) {
  RETURN_IF_REJECTED(VerifySet(set, content, *logs.front()));
  const absl::Time time = absl::FromUnixSeconds(content.integrated_time);
  const bool valid = std::any_of(logs.begin(), logs.end(),
                                 [&](const TransparencyLog* log) { return log->valid_for.Contains(time); });
  if (valid) return time;
  return Rejection{Reason::kLogKeyNotValid,
                   Cat("the trusted root does not trust the key of ", logs.front()->base_url,
                       " at the entry's integrated time"),
                   absl::FormatTime(logs.front()->valid_for.start, absl::UTCTimeZone()) + " or later",
                   absl::FormatTime(time, absl::UTCTimeZone())};
}

Checked<Passed> VerifyRekorV1Entry(const TlogEntry& entry, const std::vector<const TransparencyLog*>& logs,
                                   LogEvidence& out) {
  if (entry.inclusion_promise) {
    const SetContent content{entry.canonicalized_body, entry.integrated_time, entry.log_index, entry.log_id};
    ASSIGN_OR_REJECT(const absl::Time time, VerifyPromise(*entry.inclusion_promise, content, logs));
    out.times.push_back({time, entry.log_id});
  }
  if (!entry.inclusion_proof) return Passed{};
  return VerifyRekorV1Inclusion(*entry.inclusion_proof, entry.canonicalized_body, *logs.front());
}

// The tree's leaf is what this signature must have been recorded as, not what the bundle says was recorded.
Checked<Passed> VerifyRekorV2Entry(const TlogEntry& entry, const SignedContent& content, const Signer& signer,
                                   const TransparencyLog& log) {
  if (entry.inclusion_promise) {
    return Rejection{Reason::kSetInvalid, "a Rekor v2 log signs no entry timestamps, but the entry has one",
                     "", ""};
  }
  ASSIGN_OR_REJECT(const std::string body, RebuildRekorV2Body(content, signer));
  if (body != entry.canonicalized_body) {
    return Rejection{Reason::kLogEntryMalformed,
                     "the entry's body is not what Rekor v2 records for this signature",
                     Printable(body, 1024), Printable(entry.canonicalized_body, 1024)};
  }
  return VerifyRekorV2Inclusion(entry, body, log);
}

Checked<Passed> VerifyEntry(const TlogEntry& entry, BundleVersion version, const SignedContent& content,
                            const Signer& signer, const TrustedRoot& root, LogEvidence& out) {
  ASSIGN_OR_REJECT(const LogRecord record,
                   ParseLogRecord(entry.canonicalized_body, entry.kind, entry.version));
  RETURN_IF_REJECTED(CheckEvidencePresent(entry, version, record.IsRekorV2()));
  const std::vector<const TransparencyLog*> logs = root.FindTlogs(entry.log_id);
  if (logs.empty()) return Passed{};  // a log that is not known proves nothing and harms nothing
  RETURN_IF_REJECTED(CheckEntryBinding(record, content, signer));
  if (record.IsRekorV2()) {
    RETURN_IF_REJECTED(VerifyRekorV2Entry(entry, content, signer, *logs.front()));
  } else {
    RETURN_IF_REJECTED(VerifyRekorV1Entry(entry, logs, out));
  }
  out.logs.insert(entry.log_id);
  out.entries.push_back({HexEncode(entry.log_id), logs.front()->base_url, entry.log_index});
  return Passed{};
}

// `seen` are the ids of all entries, known or not.
Checked<Passed> CheckThreshold(const LogEvidence& evidence, const std::set<std::string>& seen,
                               int threshold) {
  if (static_cast<int>(evidence.logs.size()) >= threshold) return Passed{};
  if (evidence.logs.empty() && !seen.empty()) {
    return Rejection{Reason::kLogUnknown, "the trusted root names no log that the signature was recorded in",
                     "", Cat("log id ", HexEncode(*seen.begin()))};
  }
  return Rejection{Reason::kLogThreshold, "distinct transparency logs that prove the signature",
                   Cat("at least ", threshold), Cat(evidence.logs.size())};
}

}  // namespace

Checked<LogEvidence> VerifyTlogEntries(const std::vector<TlogEntry>& entries, BundleVersion version,
                                       const SignedContent& content, const Signer& signer,
                                       const TrustedRoot& root, int threshold) {
  LogEvidence evidence;
  std::set<std::string> seen;
  for (const TlogEntry& entry : entries) {
    RETURN_IF_REJECTED(VerifyEntry(entry, version, content, signer, root, evidence));
    seen.insert(entry.log_id);
  }
  RETURN_IF_REJECTED(CheckThreshold(evidence, seen, threshold));
  return evidence;
}

Checked<LogEvidence> VerifyLegacyEntry(const std::optional<LegacySignature::LogBundle>& log_bundle,
                                       const SignedContent& content, const Signer& signer,
                                       const TrustedRoot& root, int threshold) {
  LogEvidence evidence;
  std::set<std::string> seen;
  if (log_bundle) {
    seen.insert(log_bundle->log_id);
    ASSIGN_OR_REJECT(const LogRecord record, ParseLogRecord(log_bundle->body, "", ""));
    const std::vector<const TransparencyLog*> logs = root.FindTlogs(log_bundle->log_id);
    if (!logs.empty()) {
      RETURN_IF_REJECTED(CheckEntryBinding(record, content, signer));
      const SetContent set{log_bundle->body, log_bundle->integrated_time, log_bundle->log_index,
                           log_bundle->log_id};
      ASSIGN_OR_REJECT(const absl::Time time, VerifyPromise(log_bundle->set, set, logs));
      evidence.times.push_back({time, log_bundle->log_id});
      evidence.logs.insert(log_bundle->log_id);
      evidence.entries.push_back(
          {HexEncode(log_bundle->log_id), logs.front()->base_url, log_bundle->log_index});
    }
  }
  RETURN_IF_REJECTED(CheckThreshold(evidence, seen, threshold));
  return evidence;
}

}  // namespace chartseal::sigstore
