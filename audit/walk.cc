#include "audit/walk.h"

#include <algorithm>
#include <utility>

#include "audit/discovery.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources.h"
#include "verifier/workload/image_paths.h"

namespace chartseal::audit {
namespace {

using workload::GroupVersionKind;
using workload::ImagePathRule;

// Kinds that name charts or images; ControllerRevision is in the table of images and names none.
std::vector<GroupVersionKind> KindsToRead() {
  std::vector<GroupVersionKind> kinds = workload::ChartKinds();
  for (const ImagePathRule& rule : workload::ImagePathTable::Default().rules()) {
    if (!rule.pod_specs.empty() || !rule.images.empty() || !rule.oci_uris.empty()) kinds.push_back(rule.kind);
  }
  return kinds;
}

class Walker {
 public:
  Walker(const Cluster& cluster, const WalkOptions& options) : cluster_(cluster), options_(options) {}

  absl::StatusOr<Inventory> Run() {
    ASSIGN_OR_RETURN(const std::vector<Collection> collections,
                     Discover(cluster_, KindsToRead(), inventory_.gaps));
    ImagesInUse images;
    for (const Collection& collection : collections) {
      Read(collection, {}, [&](const Node& object) {
        Take(object, collection, images);
        return true;
      });
    }
    ReleaseRecords releases;
    for (const ReleaseQuery& query : ReleaseQueries()) {
      Read(query.collection, {query.query, true},
           [&](const Node& object) { return releases.Add(object, query.collection); });
    }
    inventory_.images = std::move(images).Take();
    inventory_.releases = std::move(releases).Take(options_.all_revisions);
    return std::move(inventory_);
  }

 private:
  // A kind may name both: k3s' HelmChart has the image of its job.
  void Take(const Node& object, const Collection& collection, ImagesInUse& images) {
    if (workload::ImagePathTable::Default().Find(collection.kind) != nullptr) images.Add(object, collection);
    if (!workload::NamesCharts(collection.kind)) return;
    for (ChartInUse& chart : ChartsIn(object, collection)) inventory_.charts.push_back(std::move(chart));
  }

  // `take` says whether it was the first time that it saw the object.
  void Read(const Collection& collection, const Reading& reading,
            const std::function<bool(const Node&)>& take) {
    if (is_full_) return;
    if (options_.progress) options_.progress(collection.ToString(), inventory_.objects);
    const absl::Status status =
        ReadCollection(cluster_, collection, reading, [&](const Node& object) -> absl::Status {
          is_full_ = inventory_.objects == options_.max_objects;
          if (is_full_) return TooMany();
          if (take(object)) ++inventory_.objects;
          return absl::OkStatus();
        });
    // A kind whose definition was removed between discovery and now has no objects.
    if (!status.ok() && !absl::IsNotFound(status)) AddGap(collection.ToString(), status);
  }

  // Once for Secrets, which are asked for twice.
  void AddGap(const std::string& where, const absl::Status& status) {
    std::vector<Gap>& gaps = inventory_.gaps;
    const bool is_known = std::any_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
      return gap.where == where && gap.status.code() == status.code();
    });
    if (!is_known) gaps.push_back({where, status});
  }

  absl::Status TooMany() const {
    return WithReason(absl::ResourceExhaustedError(Cat("there are more than ", options_.max_objects,
                                                       " objects; audit one namespace at a time")),
                      Reason::kLimitExceeded);
  }

  const Cluster& cluster_;
  const WalkOptions& options_;
  Inventory inventory_;
  bool is_full_ = false;  // nothing more is read
};

}  // namespace

absl::StatusOr<Inventory> Walk(const Cluster& cluster, const WalkOptions& options) {
  return Walker(cluster, options).Run();
}

}  // namespace chartseal::audit
