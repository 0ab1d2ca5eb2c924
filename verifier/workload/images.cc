#include "verifier/workload/images.h"

#include "verifier/base/strings.h"
#include "verifier/workload/image_walk.h"

namespace chartseal::workload {
namespace {

Rejection NotCovered(const GroupVersionKind& kind) {
  return {.reason = Reason::kKindNotCovered,
          .detail = Cat("where a ", Printable(kind.ToString()), " names its images is not known"),
          .expected =
              "Pod, PodTemplate, ReplicationController, Deployment, ReplicaSet, StatefulSet, DaemonSet, "
              "Job or CronJob, or a custom resource that ships or has an entry in image-paths",
          .found = Printable(kind.ToString())};
}

}  // namespace

Checked<std::vector<ImageUse>> ExtractImages(const GroupVersionKind& kind, JsonValue object,
                                             const ImagePathTable& table) {
  const ImagePathRule* rule = table.Find(kind);
  if (rule == nullptr) return NotCovered(kind);
  return ImagesBy(*rule, object);
}

}  // namespace chartseal::workload
