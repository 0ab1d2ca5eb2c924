#include "verifier/sigstore/time_verify.h"

#include <algorithm>
#include <optional>
#include <set>

#include "verifier/base/strings.h"
#include "verifier/sigstore/timestamp.h"

namespace chartseal::sigstore {
namespace {

struct TimeEvidence {
  std::set<absl::Time> times;
  std::set<std::string> log_authorities;
  std::set<std::string> timestamp_authorities;
  std::optional<Rejection> untrusted;  // the last token that was skipped

  int sources() const { return static_cast<int>(log_authorities.size() + timestamp_authorities.size()); }
};

Checked<Passed> AddTokens(const std::vector<std::string>& tokens, std::string_view stamped,
                          const TrustedRoot& root, TimeEvidence& out) {
  for (const std::string& token : tokens) {
    const auto timestamp = VerifyTimestamp(token, stamped, root);
    if (timestamp.ok()) {
      out.times.insert(timestamp->time);
      out.timestamp_authorities.insert(timestamp->authority);
    } else if (timestamp.rejection().reason == Reason::kTimestampUntrusted) {
      out.untrusted = timestamp.rejection();
    } else {
      return timestamp.rejection();
    }
  }
  return Passed{};
}

Rejection TooFew(std::string_view what, int wanted, int found) {
  return Rejection{Reason::kTimestampThreshold, std::string(what), Cat("at least ", wanted), Cat(found)};
}

Checked<Passed> CheckThresholds(const TimeEvidence& evidence, const Signer& signer,
                                const Thresholds& thresholds) {
  const int stamps = static_cast<int>(evidence.timestamp_authorities.size());
  if (signer.NeedsSignedTime() && evidence.sources() == 0) {
    // A token that was skipped is the better explanation.
    if (evidence.untrusted) return *evidence.untrusted;
    return Rejection{
        Reason::kNoSignedTime,
        "neither a signed entry timestamp nor an RFC 3161 timestamp says when the signature was made", "",
        ""};
  }
  if (signer.NeedsSignedTime() && evidence.sources() < thresholds.signed_times) {
    return TooFew("distinct authorities that vouch for a time", thresholds.signed_times, evidence.sources());
  }
  if (stamps < thresholds.timestamp_authorities) {
    return TooFew("distinct timestamp authorities", thresholds.timestamp_authorities, stamps);
  }
  return Passed{};
}

Checked<Passed> CheckKeyValidity(const TimeEvidence& evidence, const Signer& signer) {
  if (!signer.valid_for) return Passed{};
  for (const absl::Time time : evidence.times) {
    if (!signer.valid_for->Contains(time)) {
      const auto text = [](absl::Time t) { return absl::FormatTime(t, absl::UTCTimeZone()); };
      return Rejection{Reason::kKeyNotValid, "the key was not valid when the signature was made",
                       Cat(text(signer.valid_for->start), " to ", text(signer.valid_for->end)), text(time)};
    }
  }
  return Passed{};
}

}  // namespace

Checked<std::vector<absl::Time>> VerifySignedTimes(const std::vector<std::string>& tokens,
                                                   std::string_view stamped, const LogEvidence& log,
                                                   const Signer& signer, const TrustedRoot& root,
                                                   const Thresholds& thresholds) {
  TimeEvidence evidence;
  for (const LogEvidence::SignedTime& signed_time : log.times) {
    evidence.times.insert(signed_time.time);
    evidence.log_authorities.insert(signed_time.authority);
  }
  RETURN_IF_REJECTED(AddTokens(tokens, stamped, root, evidence));
  RETURN_IF_REJECTED(CheckThresholds(evidence, signer, thresholds));
  RETURN_IF_REJECTED(CheckKeyValidity(evidence, signer));
  return std::vector<absl::Time>(evidence.times.begin(), evidence.times.end());
}

}  // namespace chartseal::sigstore
