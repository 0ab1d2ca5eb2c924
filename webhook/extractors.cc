#include "webhook/extractors.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "verifier/base/limits.h"
#include "verifier/workload/chart_sources.h"
#include "verifier/workload/image_walk.h"

namespace chartseal::webhook {

using workload::ImagePathRule;
using workload::PodSpecsBy;

namespace {

bool IsBeingDeleted(JsonValue object) {
  return !object.Find("metadata").StringOr("deletionTimestamp").empty();
}

// Whether the subresource of this kind of object cannot bring in an image. The name alone is not enough: a
// registration may cover any subresource of any resource.
bool IsImageFree(const AdmissionRequest& request, const ImagePathTable& table) {
  const std::string_view kind = request.kind.kind;
  if (request.subresource == "scale") return kind == "Scale";
  if (request.subresource == "binding") return kind == "Binding";
  if (request.subresource == "eviction") return kind == "Eviction";
  // The API server keeps the spec as it was on a write of a status, and a resize changes resources alone; an
  // object that names the same images as before passes without this, and only new names are looked at.
  // Kinds that name charts may name them in the status, too.
  if (request.subresource == "status") {
    return table.Find(request.kind) == nullptr && !workload::NamesCharts(request.kind);
  }
  return false;
}

void AddSecrets(JsonValue spec, std::vector<std::string>& secrets) {
  spec.Find("imagePullSecrets").ForEachElement([&](size_t, JsonValue secret) {
    if (secrets.size() >= limits::kMaxPullSecrets) return false;
    const std::string_view name = secret.StringOr("name");
    const bool known = std::find(secrets.begin(), secrets.end(), name) != secrets.end();
    if (!name.empty() && !known) secrets.emplace_back(name);
    return true;
  });
}

}  // namespace

bool BringsNoImages(const AdmissionRequest& request, const ImagePathTable& table) {
  if (request.operation == Operation::kDelete || request.operation == Operation::kConnect) return true;
  if (!request.subresource.empty() && IsImageFree(request, table)) return true;
  // What the cluster holds decides, not what the client wrote.
  return request.operation == Operation::kUpdate && IsBeingDeleted(request.old_object);
}

Checked<std::vector<ImageUse>> ImagesToVerify(const AdmissionRequest& request, const ImagePathTable& table) {
  ASSIGN_OR_REJECT(std::vector<ImageUse> images, ExtractImages(request.kind, request.object, table));
  if (request.operation != Operation::kUpdate || request.old_object.is_null()) return images;
  const Checked<std::vector<ImageUse>> old_images = ExtractImages(request.kind, request.old_object, table);
  if (!old_images.ok()) return images;
  const std::set<ImageUse> known(old_images->begin(), old_images->end());
  std::erase_if(images, [&](const ImageUse& use) { return known.contains(use); });
  return images;
}

PullContext PullContextOf(const AdmissionRequest& request, const ImagePathTable& table) {
  return PullContextOf(request.kind, request.object, request.namespace_name, table);
}

PullContext PullContextOf(const workload::GroupVersionKind& kind, JsonValue object,
                          std::string_view namespace_name, const ImagePathTable& table) {
  PullContext context{.namespace_name = std::string(namespace_name)};
  if (const ImagePathRule* rule = table.Find(kind)) {
    std::vector<JsonValue> specs = PodSpecsBy(*rule, object);
    if (rule->pod_specs.empty()) specs.push_back(object.Find("spec"));
    for (JsonValue spec : specs) {
      for (std::string_view field : {"serviceAccountName", "serviceAccount"}) {  // the old name last
        if (context.service_account.empty()) context.service_account = spec.StringOr(field);
      }
      AddSecrets(spec, context.secrets);
    }
  }
  if (context.service_account.empty()) context.service_account = "default";
  return context;
}

bool MayBePinned(const AdmissionRequest& request) {
  if (request.kind.group.empty() && request.kind.kind == "Pod") return true;
  bool controlled = false;
  request.object.FindPath({"metadata", "ownerReferences"}).ForEachElement([&](size_t, JsonValue owner) {
    const JsonValue controller = owner.Find("controller");
    controlled = controller.kind() == Node::Kind::kBool && controller.bool_value();
    return !controlled;
  });
  return !controlled;
}

policy::Labels LabelsOf(const AdmissionRequest& request) {
  policy::Labels labels;
  request.object.FindPath({"metadata", "labels"}).ForEachMember([&](std::string_view key, JsonValue value) {
    if (value.is_string()) labels.emplace(key, value.string_value());
    return labels.size() < limits::kMaxLabels;
  });
  return labels;
}

}  // namespace chartseal::webhook
