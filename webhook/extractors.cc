#include "webhook/extractors.h"

#include <algorithm>
#include <set>
#include <span>
#include <string_view>

#include "absl/strings/str_replace.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

// The way from the object to its pod spec.
using SpecPath = std::span<const std::string_view>;
constexpr std::string_view kPodPath[] = {"spec"};
constexpr std::string_view kPodTemplatePath[] = {"template", "spec"};
constexpr std::string_view kWorkloadPath[] = {"spec", "template", "spec"};
constexpr std::string_view kCronJobPath[] = {"spec", "jobTemplate", "spec", "template", "spec"};

struct Workload {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  SpecPath path;
};

// Old group versions are here because a registration may name them; with matchPolicy: Equivalent the API
// server converts them to the new ones.
constexpr Workload kWorkloads[] = {
    {"", "v1", "Pod", kPodPath},
    {"", "v1", "PodTemplate", kPodTemplatePath},
    {"", "v1", "ReplicationController", kWorkloadPath},
    {"apps", "v1", "Deployment", kWorkloadPath},
    {"apps", "v1", "ReplicaSet", kWorkloadPath},
    {"apps", "v1", "StatefulSet", kWorkloadPath},
    {"apps", "v1", "DaemonSet", kWorkloadPath},
    {"apps", "v1beta2", "Deployment", kWorkloadPath},
    {"apps", "v1beta2", "ReplicaSet", kWorkloadPath},
    {"apps", "v1beta2", "StatefulSet", kWorkloadPath},
    {"apps", "v1beta2", "DaemonSet", kWorkloadPath},
    {"apps", "v1beta1", "Deployment", kWorkloadPath},
    {"apps", "v1beta1", "StatefulSet", kWorkloadPath},
    {"extensions", "v1beta1", "Deployment", kWorkloadPath},
    {"extensions", "v1beta1", "ReplicaSet", kWorkloadPath},
    {"extensions", "v1beta1", "DaemonSet", kWorkloadPath},
    {"batch", "v1", "Job", kWorkloadPath},
    {"batch", "v1", "CronJob", kCronJobPath},
    {"batch", "v1beta1", "CronJob", kCronJobPath},
    {"batch", "v2alpha1", "CronJob", kCronJobPath},
};

const Workload* FindWorkload(const GroupVersionKind& kind) {
  for (const Workload& workload : kWorkloads) {
    if (workload.group == kind.group && workload.version == kind.version && workload.kind == kind.kind) {
      return &workload;
    }
  }
  return nullptr;
}

Rejection Malformed(std::string path, std::string_view expected, JsonValue found = {}) {
  return {.reason = Reason::kImageFieldMalformed,
          .detail = Cat(Printable(path), " cannot be read"),
          .expected = std::string(expected),
          .found = found.is_null() ? "nothing" : std::string(KindName(found.kind()))};
}

// Collects the images of one pod spec.
class PodSpecReader {
 public:
  PodSpecReader(JsonValue spec, std::string path, std::string pointer)
      : spec_(spec), path_(std::move(path)), pointer_(std::move(pointer)) {}

  Checked<std::vector<ImageUse>> Read() {
    for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"}) {
      RETURN_IF_REJECTED(EachElement(list, &PodSpecReader::ReadContainer));
    }
    RETURN_IF_REJECTED(EachElement("volumes", &PodSpecReader::ReadVolume));
    return std::move(images_);
  }

 private:
  using ElementReader = Checked<Passed> (PodSpecReader::*)(JsonValue element, const std::string& path,
                                                           const std::string& pointer);

  Checked<Passed> EachElement(std::string_view name, ElementReader read) {
    const JsonValue list = spec_.Find(name);
    if (list.is_null()) return Passed{};
    const std::string path = Cat(path_, ".", name);
    if (!list.is_list()) return Malformed(path, "a list", list);
    Checked<Passed> result = Passed{};
    list.ForEachElement([&](size_t i, JsonValue element) {
      const std::string_view label = element.StringOr("name");
      const std::string at = label.empty() ? Cat(path, "[", i, "]") : Cat(path, "[", label, "]");
      result = element.is_map() ? (this->*read)(element, at, Cat(pointer_, "/", name, "/", i))
                                : Malformed(Cat(path, "[", i, "]"), "an object", element);
      return result.ok();
    });
    return result;
  }

  Checked<Passed> ReadContainer(JsonValue container, const std::string& path, const std::string& pointer) {
    const JsonValue image = container.Find("image");
    if (!image.is_string()) return Malformed(Cat(path, ".image"), "the name of an image", image);
    return Add(Cat(path, ".image"), Cat(pointer, "/image"), image.string_value());
  }

  // An image volume without a reference mounts nothing; the API allows it in templates.
  Checked<Passed> ReadVolume(JsonValue volume, const std::string& path, const std::string& pointer) {
    const JsonValue source = volume.Find("image");
    if (source.is_null()) return Passed{};
    if (!source.is_map()) return Malformed(Cat(path, ".image"), "an object", source);
    const JsonValue reference = source.Find("reference");
    if (reference.is_null()) return Passed{};
    if (!reference.is_string()) return Malformed(Cat(path, ".image.reference"), "a string", reference);
    if (reference.string_value().empty()) return Passed{};
    return Add(Cat(path, ".image.reference"), Cat(pointer, "/image/reference"), reference.string_value());
  }

  Checked<Passed> Add(std::string path, std::string pointer, std::string_view reference) {
    if (reference.empty() || reference.size() > limits::kMaxReviewImageBytes) {
      Rejection rejection = Malformed(path, "the name of an image");
      rejection.found = reference.empty() ? "an empty text" : Cat("a text of ", reference.size(), " bytes");
      return rejection;
    }
    if (images_.size() == limits::kMaxReviewImages) {
      return Rejection{.reason = Reason::kLimitExceeded,
                       .detail = "the object names too many images",
                       .expected = Cat("at most ", limits::kMaxReviewImages),
                       .found = "more"};
    }
    images_.push_back({std::move(path), std::string(reference), std::move(pointer)});
    return Passed{};
  }

  const JsonValue spec_;
  const std::string path_;
  const std::string pointer_;
  std::vector<ImageUse> images_;
};

Rejection NotCovered(const GroupVersionKind& kind) {
  return {.reason = Reason::kKindNotCovered,
          .detail = Cat("where a ", Printable(kind.ToString()), " names its images is not known"),
          .expected =
              "Pod, PodTemplate, ReplicationController, Deployment, ReplicaSet, StatefulSet, DaemonSet, "
              "Job or CronJob",
          .found = Printable(kind.ToString())};
}

bool IsBeingDeleted(JsonValue object) {
  return !object.Find("metadata").StringOr("deletionTimestamp").empty();
}

// Whether the subresource of this kind of object cannot bring in an image. The name alone is not enough: a
// registration may cover any subresource of any resource.
bool IsImageFree(const AdmissionRequest& request) {
  const std::string_view kind = request.kind.kind;
  if (request.subresource == "scale") return kind == "Scale";
  if (request.subresource == "binding") return kind == "Binding";
  if (request.subresource == "eviction") return kind == "Eviction";
  // The API server keeps the spec as it was on a write of a status, and a resize changes resources alone; an
  // object that names the same images as before passes without this, and only new names are looked at.
  if (request.subresource == "status") return FindWorkload(request.kind) == nullptr;
  return false;
}

JsonValue SpecOf(const Workload& workload, JsonValue object) {
  for (std::string_view step : workload.path) object = object.Find(step);
  return object;
}

}  // namespace

bool BringsNoImages(const AdmissionRequest& request) {
  if (request.operation == Operation::kDelete || request.operation == Operation::kConnect) return true;
  if (!request.subresource.empty() && IsImageFree(request)) return true;
  // What the cluster holds decides, not what the client wrote.
  return request.operation == Operation::kUpdate && IsBeingDeleted(request.old_object);
}

Checked<std::vector<ImageUse>> ExtractImages(const GroupVersionKind& kind, JsonValue object) {
  const Workload* workload = FindWorkload(kind);
  if (workload == nullptr) return NotCovered(kind);
  std::string path;
  for (std::string_view step : workload->path) {
    path = path.empty() ? std::string(step) : Cat(path, ".", step);
    object = object.Find(step);
    if (!object.is_map()) return Malformed(path, "an object", object);
  }
  return PodSpecReader(object, path, Cat("/", absl::StrReplaceAll(path, {{".", "/"}}))).Read();
}

Checked<std::vector<ImageUse>> ImagesToVerify(const AdmissionRequest& request) {
  ASSIGN_OR_REJECT(std::vector<ImageUse> images, ExtractImages(request.kind, request.object));
  if (request.operation != Operation::kUpdate || request.old_object.is_null()) return images;
  const Checked<std::vector<ImageUse>> old_images = ExtractImages(request.kind, request.old_object);
  if (!old_images.ok()) return images;
  const std::set<ImageUse> known(old_images->begin(), old_images->end());
  std::erase_if(images, [&](const ImageUse& use) { return known.contains(use); });
  return images;
}

PullContext PullContextOf(const AdmissionRequest& request) {
  PullContext context{.namespace_name = request.namespace_name, .service_account = "default"};
  const Workload* workload = FindWorkload(request.kind);
  if (workload == nullptr) return context;
  const JsonValue spec = SpecOf(*workload, request.object);
  for (std::string_view field : {"serviceAccount", "serviceAccountName"}) {  // the old name first
    const std::string_view name = spec.StringOr(field);
    if (!name.empty()) context.service_account = name;
  }
  spec.Find("imagePullSecrets").ForEachElement([&](size_t, JsonValue secret) {
    const std::string name(secret.StringOr("name"));
    const bool known =
        std::find(context.secrets.begin(), context.secrets.end(), name) != context.secrets.end();
    if (!name.empty() && !known) context.secrets.push_back(name);
    return context.secrets.size() < limits::kMaxPullSecrets;
  });
  return context;
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
