// Any bytes as the body of a review of a release record, and as what a release renders to: what becomes of
// it, which images it has.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "webhook/release_images.h"
#include "webhook/release_object.h"

namespace {

using namespace chartseal;
using namespace chartseal::webhook;

void CheckReview(std::string_view body) {
  const auto request = ParseAdmissionReview(body);
  if (!request.ok()) return;
  const ReleaseStep step = StepOf(*request);
  if (step == ReleaseStep::kAdmit) return;
  // A record that can be read is equal to itself.
  if (step == ReleaseStep::kCompare) (void)HasSameCore(*request);
  const auto release = ReadRecord(*request);
  if (!release.ok() && ReasonOf(release.status()) == Reason::kNone) std::abort();
}

std::shared_ptr<const PolicySnapshot> Snapshot() {
  auto snapshot = std::make_shared<PolicySnapshot>();
  policy::Policy& policy = snapshot->policies.policies.emplace_back();
  policy.name = "all";
  policy.images.push_back(policy::Glob::Parse("**").value());
  return snapshot;
}

void CheckManifest(std::string_view text) {
  static const auto* const snapshot = new std::shared_ptr<const PolicySnapshot>(Snapshot());
  chart::Release release;
  release.name = "rel";
  release.namespace_name = "ns";
  release.manifest = text;
  release.hooks.push_back({.name = "h", .kind = "Job", .path = "app/h.yaml", .manifest = std::string(text)});
  const auto found = FindReleaseImages(
      release, {ImagePathTable::Default(), "ns", nullptr, *snapshot, [] { return absl::UnixEpoch(); }},
      absl::InfiniteFuture());
  if (!found.ok()) {
    if (found.rejection().reason == Reason::kNone || found.rejection().detail.empty()) std::abort();
    return;
  }
  if (found->images.size() > limits::kMaxReleaseImages || found->missed.has_value()) std::abort();
  for (const ReleaseImage& image : found->images) {
    if (image.question.uses.empty() || image.pull == nullptr) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckReview(text);
  CheckManifest(text);
  return 0;
}
