#include "webhook/decision_records.h"

#include <algorithm>
#include <set>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using verification::DecisionRecord;
using verification::RecordedDocument;
using verification::RecordedImage;
using verification::RecordedPlace;
using verification::RecordedRelease;
using verification::RecordedRuling;

constexpr absl::Duration kComplaintInterval = absl::Minutes(1);
constexpr size_t kUidInName = 64;

RecordedRuling Recorded(const Ruling& ruling) {
  RecordedRuling recorded;
  recorded.policy = ruling.policy;
  recorded.mode = Name(ruling.effect);
  recorded.answer = Name(ruling.answer);
  recorded.reason = ruling.reason;
  recorded.detail = ruling.detail;
  recorded.expected = ruling.expected;
  recorded.found = ruling.found;
  recorded.next = ruling.next;
  if (ruling.conclusion == nullptr) return recorded;
  recorded.authority = ruling.conclusion->authority;
  recorded.signer = ruling.conclusion->signer;
  recorded.issuer = ruling.conclusion->issuer;
  recorded.layout = ruling.conclusion->layout;
  recorded.log_index = ruling.conclusion->log_index;
  recorded.signed_at = ruling.conclusion->signed_at;
  return recorded;
}

std::vector<RecordedRuling> Recorded(const std::vector<Ruling>& rulings) {
  std::vector<RecordedRuling> recorded;
  recorded.reserve(rulings.size());
  for (const Ruling& ruling : rulings) recorded.push_back(Recorded(ruling));
  return recorded;
}

RecordedImage Recorded(const ImageReport& report) {
  RecordedImage image;
  image.image = report.image;
  image.paths = report.paths;
  image.digest = report.digest;
  image.remembered = report.remembered;
  image.registry_time = report.registry_time;
  image.crypto_time = report.crypto_time;
  image.rulings = Recorded(report.rulings);
  image.evidence = report.evidence;
  return image;
}

RecordedImage Recorded(const ChartReport& report) {
  RecordedImage chart;
  chart.image = Cat(report.chart, report.version.empty() ? "" : ":", report.version);
  chart.paths = {report.path};
  chart.digest = report.digest;
  chart.remembered = report.lookup.remembered;
  chart.registry_time = report.lookup.registry_time;
  chart.crypto_time = report.lookup.crypto_time;
  chart.rulings = Recorded(report.rulings);
  chart.evidence = report.lookup.evidence;
  return chart;
}

RecordedDocument Recorded(const chart::DocumentBinding& document) {
  RecordedDocument recorded;
  recorded.source = document.source;
  recorded.object = document.object;
  recorded.hook = document.hook;
  recorded.subchart = document.subchart;
  recorded.binding = chart::Name(document.binding);
  recorded.bound = verification::IsBound(document);
  return recorded;
}

RecordedPlace Recorded(const verification::PlaceReport& place) {
  RecordedPlace recorded;
  recorded.chart.image = Cat(place.repository, ":", place.tag);
  recorded.chart.digest = place.digest;
  recorded.chart.remembered = place.remembered;
  recorded.chart.registry_time = place.registry_time;
  recorded.chart.crypto_time = place.crypto_time;
  recorded.chart.rulings = Recorded(place.rulings);
  recorded.chart.evidence = place.evidence;
  recorded.warnings = Recorded(place.warnings);
  recorded.signers = place.signers;
  recorded.fingerprint = place.fingerprint;
  recorded.stated = place.stated;
  for (const auto& document : place.documents) recorded.documents.push_back(Recorded(document));
  return recorded;
}

RecordedRelease Recorded(const verification::ReleaseReport& report) {
  RecordedRelease release;
  release.chart = report.chart;
  release.version = report.version;
  release.fingerprint = report.fingerprint;
  for (const auto& place : report.places) release.places.push_back(Recorded(place));
  release.decisive = report.decisive;
  if (!report.decisive.has_value()) release.rulings = Recorded(report.rulings);
  return release;
}

verification::RecordedRequest Recorded(const DecisionView& view) {
  const AdmissionRequest& request = view.request;
  verification::RecordedRequest recorded;
  recorded.uid = request.uid;
  recorded.endpoint = view.endpoint == Endpoint::kValidate ? "validate" : "mutate";
  recorded.operation = Name(request.operation);
  recorded.group = request.kind.group;
  recorded.version = request.kind.version;
  recorded.kind = request.kind.kind;
  recorded.subresource = request.subresource;
  recorded.namespace_name = request.namespace_name;
  recorded.name = request.name;
  recorded.dry_run = request.dry_run;
  return recorded;
}

// Calls visit(ruling) for each of the record.
template <typename Visit>
void ForEachRuling(const DecisionRecord& record, Visit visit) {
  const auto each = [&visit](const std::vector<RecordedRuling>& rulings) {
    for (const RecordedRuling& ruling : rulings) visit(ruling);
  };
  for (const RecordedImage& image : record.images) each(image.rulings);
  for (const RecordedImage& chart : record.charts) each(chart.rulings);
  if (!record.release.has_value()) return;
  each(record.release->rulings);
  for (const RecordedPlace& place : record.release->places) {
    each(place.chart.rulings);
    each(place.warnings);
  }
}

// Those that judged something; a ruling by one that the snapshot does not have stays without a document.
void AddPolicies(const PolicySnapshot* snapshot, DecisionRecord& record) {
  std::set<std::string> judged;
  ForEachRuling(record, [&](const RecordedRuling& ruling) { judged.insert(ruling.policy); });
  if (snapshot != nullptr) {
    for (const policy::Policy& policy : snapshot->policies.policies) {
      if (!judged.contains(policy.name)) continue;
      const auto mode =
          policy.mode == policy::Mode::kEnforce ? verification::kModeEnforce : verification::kModeWarn;
      record.policies.push_back({policy.name, policy.fingerprint, std::string(mode), policy.source});
    }
  }
  ForEachRuling(record, [&record](const RecordedRuling& ruling) {
    const auto known = std::any_of(record.policies.begin(), record.policies.end(),
                                   [&](const auto& policy) { return policy.name == ruling.policy; });
    if (!known && !ruling.policy.empty())
      record.policies.push_back({ruling.policy, "", ruling.mode, nullptr});
  });
}

}  // namespace

DecisionRecord MakeDecisionRecord(const DecisionView& view, std::string_view version) {
  DecisionRecord record;
  record.chartseal_version = version;
  record.at = view.at;
  record.took = view.took;
  record.request = Recorded(view);
  record.verdict = view.decision.verdict;
  record.reason = view.decision.reason;
  record.message = view.decision.response.message;
  if (view.snapshot != nullptr && view.snapshot->root != nullptr) {
    record.trusted_root_version = view.snapshot->root->version();
  }
  for (const ImageReport& report : view.decision.reports) record.images.push_back(Recorded(report));
  for (const ChartReport& report : view.decision.charts) {
    if (!report.rulings.empty()) record.charts.push_back(Recorded(report));  // else another object's question
  }
  if (view.decision.release.has_value()) record.release = Recorded(*view.decision.release);
  AddPolicies(view.snapshot.get(), record);
  return record;
}

std::string RecordFileName(const DecisionRecord& record) {
  std::string uid;
  for (const char c : record.request.uid.substr(0, kUidInName)) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    uid.push_back(fits ? c : '_');
  }
  return Cat(FromAbsl(absl::FormatTime("%Y%m%dT%H%M%E6SZ", record.at, absl::UTCTimeZone())), "-", uid, "-",
             record.request.endpoint, ".json");
}

absl::StatusOr<std::unique_ptr<DecisionRecords>> DecisionRecords::Start(DecisionRecordsOptions options) {
  ASSIGN_OR_RETURN(
      RecordDirectory directory,
      RecordDirectory::Open(options.directory, {limits::kMaxRecordFiles, limits::kMaxRecordDirectoryBytes}));
  return std::unique_ptr<DecisionRecords>(new DecisionRecords(std::move(options), std::move(directory)));
}

DecisionRecords::DecisionRecords(DecisionRecordsOptions options, RecordDirectory directory)
    : options_(std::move(options)),
      directory_(std::move(directory)),
      queue_(limits::kMaxQueuedRecords, AtEnd::kFinish,
             [this](const DecisionRecord& record) { Write(record); }) {}

void DecisionRecords::Decided(const DecisionView& view) {
  const bool wanted = options_.all || view.decision.verdict != "allowed" || AnyCouldNotTell(view.decision);
  if (wanted) queue_.Push(MakeDecisionRecord(view, options_.version));
}

void DecisionRecords::Write(const DecisionRecord& record) {
  const absl::Status status = directory_.Put(RecordFileName(record), WriteDecisionRecord(record));
  if (status.ok()) {
    ++written_;
    return;
  }
  ++failed_;
  if (record.at - complained_ < kComplaintInterval) return;
  complained_ = record.at;
  log::Error("a decision record could not be written",
             {{"request_id", record.request.uid}, {"detail", Message(status)}});
}

DecisionRecords::Counts DecisionRecords::counts() const {
  return {written_.load(), failed_.load(), queue_.dropped()};
}

void DecisionRecords::AddTo(Metrics& metrics) const {
  metrics.AddCounters("chartseal_decision_records_total", "Decision records, by what became of them.",
                      "outcome", [this]() -> Metrics::Samples {
                        const Counts now = counts();
                        return {{"written", static_cast<double>(now.written)},
                                {"failed", static_cast<double>(now.failed)},
                                {"dropped", static_cast<double>(now.dropped)}};
                      });
}

}  // namespace chartseal::webhook
