#include "webhook/release_gate.h"

#include <optional>
#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/parallel.h"
#include "webhook/release_chart.h"
#include "webhook/release_object.h"
#include "webhook/remedy.h"

namespace chartseal::webhook {
namespace {

absl::Status Overloaded() {
  return WithReason(
      absl::ResourceExhaustedError("could not tell: too many releases were being read to begin this one"),
      Reason::kOverloaded);
}

// In one line: helm shows one.
Decision DenyRecord(const AdmissionRequest& request, const absl::Status& status) {
  const Rejection rejection = {.reason = ReasonOf(status),
                               .detail = Printable(Message(status), limits::kMaxDenialLineBytes / 2),
                               .expected = "",
                               .found = ""};
  // The JSON inside the record, not that of something in a registry.
  const bool is_content = rejection.reason == Reason::kJsonMalformed;
  return DenyObject(request, rejection, is_content ? Remedy(Reason::kReleaseMalformed, "", "") : "");
}

// What it takes in memory, about.
size_t BytesOf(const chart::Release& release) {
  size_t bytes = release.manifest.size();
  for (const chart::File& file : release.templates) bytes += file.bytes.size();
  for (const chart::ReleaseHook& hook : release.hooks) bytes += hook.manifest.size();
  return bytes;
}

}  // namespace

bool ReleaseGate::Covers(const AdmissionRequest& request) const {
  return request.kind.group.empty() && (request.kind.kind == "Secret" || request.kind.kind == "ConfigMap");
}

// Unpacking is work for a worker.
std::optional<Decision> ReleaseGate::Begin(PendingReview& review, absl::Time) const {
  if (StepOf(review.request) == ReleaseStep::kAdmit) return Allow(review.request);
  return std::nullopt;
}

Decision ReleaseGate::Finish(PendingReview& review, absl::Time deadline) const {
  const AdmissionRequest& request = review.request;
  if (StepOf(request) == ReleaseStep::kCompare) {
    const auto turn = comparing_.Take(1, deadline);
    if (!turn.has_value()) return DenyRecord(request, Overloaded());
    if (HasSameCore(request)) return Allow(request);
  }
  return Verify(review, deadline);
}

Decision ReleaseGate::Verify(PendingReview& review, absl::Time deadline) const {
  const AdmissionRequest& request = review.request;
  review.snapshot = parts_.policies->Current();
  if (!review.snapshot->complete) return DenyObject(request, PoliciesNotRead());
  // Kept until the release has its share: whoever else unpacked would hold one that nobody counts.
  std::optional<Budget::Share> turn = unpacking_.Take(1, deadline);
  if (!turn.has_value()) return DenyRecord(request, Overloaded());
  const absl::StatusOr<chart::Release> release = ReadRecord(request);
  if (!release.ok()) return DenyRecord(request, release.status());
  const auto share = held_.Take(BytesOf(*release), deadline);
  if (!share.has_value()) return DenyRecord(request, Overloaded());
  turn.reset();
  return Judge(review, *release, deadline);
}

Decision ReleaseGate::Judge(PendingReview& review, const chart::Release& release, absl::Time deadline) const {
  const AdmissionRequest& request = review.request;
  const auto images = FindReleaseImages(
      release, {parts_.paths, request.namespace_name, parts_.labels.get(), review.snapshot, parts_.clock},
      deadline);
  if (!images.ok()) return DenyObject(request, images.rejection());
  const auto charts = parts_.charts->As({.namespace_name = request.namespace_name}, review.snapshot);
  Findings findings;
  verification::ParallelFor(2, 2, [&](size_t i) {
    if (i == 0) {
      findings.release = JudgeReleaseChart(
          release, {request.namespace_name, parts_.labels.get(), *review.snapshot, tags_}, *charts, deadline);
    } else {
      findings.images = JudgeReleaseImages(
          *images, {*parts_.verifier, tags_, release.core, review.snapshot->policies.no_match, parts_.clock},
          deadline);
    }
  });
  Decision decision = Conclude(request, std::move(findings), review.endpoint);
  // helm writes a record several times, and shows what is warned of each time.
  if (request.operation == Operation::kUpdate) decision.response.warnings.clear();
  if (decision.response.allowed && !request.dry_run) {
    KeepTags(release, *decision.release, tags_);
    KeepTags(release.core, decision.reports, tags_);
  }
  return decision;
}

}  // namespace chartseal::webhook
