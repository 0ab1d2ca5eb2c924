#include "webhook/chart_source_changes.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "verifier/base/json_document.h"
#include "verifier/base/strict_json.h"

namespace chartseal::webhook {
namespace {

using workload::ChartSource;

// Whether the object had this source. Argo CD's controller moves an operation into the status when it begins
// it, so there the place does not matter.
bool IsAmong(const std::vector<ChartSource>& before, const ChartSource& source) {
  const bool moves = source.path.starts_with("status.");
  return std::any_of(before.begin(), before.end(), [&](const ChartSource& old) {
    return moves ? NamesTheSame(old, source) : old == source;
  });
}

bool IsSameJson(JsonValue a, JsonValue b) { return WriteJson(a.ToNode()) == WriteJson(b.ToNode()); }

// Whether all members of `a` say in `b` what they say in `a`, but for what only people and controllers read.
// Of a status that is all but the operation that Argo CD resumes from.
bool HasItsMembers(JsonValue a, JsonValue b) {
  bool same = true;
  a.ForEachMember([&](std::string_view name, JsonValue value) {
    if (name != "metadata" && name != "status") same = IsSameJson(value, b.Find(name));
    return same;
  });
  for (const std::string_view member : {"operation", "phase"}) {
    const auto of = [member](JsonValue object) {
      return object.FindPath({"status", "operationState", member});
    };
    same = same && IsSameJson(of(a), of(b));
  }
  return same;
}

// Whether the request leaves what its object says of charts and images as it was, readable or not: a
// controller that writes a status must be able to write that of an object that is malformed, too.
bool SaysWhatItSaid(const AdmissionRequest& request) {
  if (request.operation != Operation::kUpdate || !request.old_object.is_map()) return false;
  return HasItsMembers(request.object, request.old_object) &&
         HasItsMembers(request.old_object, request.object);
}

}  // namespace

Checked<std::vector<ChartSource>> ChartSourcesToVerify(const AdmissionRequest& request) {
  Checked<std::vector<ChartSource>> sources = workload::ExtractChartSources(request.kind, request.object);
  if (request.operation != Operation::kUpdate || request.old_object.is_null()) return sources;
  const auto before = workload::ExtractChartSources(request.kind, request.old_object);
  if (!sources.ok() && !before.ok() && SaysWhatItSaid(request)) return std::vector<ChartSource>();
  if (!sources.ok() || !before.ok()) return sources;
  std::vector<ChartSource> brought = std::move(sources).value();
  std::erase_if(brought, [&](const ChartSource& source) { return IsAmong(*before, source); });
  return brought;
}

Checked<std::vector<ImageUse>> OwnImagesToVerify(const AdmissionRequest& request,
                                                 const ImagePathTable& paths) {
  if (paths.Find(request.kind) == nullptr) return std::vector<ImageUse>();
  Checked<std::vector<ImageUse>> images = ImagesToVerify(request, paths);
  if (images.ok() || !SaysWhatItSaid(request)) return images;
  const bool was_readable = workload::ExtractImages(request.kind, request.old_object, paths).ok();
  if (!was_readable) return std::vector<ImageUse>();
  return images;
}

}  // namespace chartseal::webhook
