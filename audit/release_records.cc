#include "audit/release_records.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "verifier/base/strings.h"
#include "verifier/chart/release_object.h"

namespace chartseal::audit {
namespace {

std::string_view Label(const Node& object, std::string_view name) {
  const Node* labels = object.FindPath({"metadata", "labels"});
  return labels == nullptr ? std::string_view() : labels->StringOr(name);
}

// Records of the same release have the same.
auto ReleaseKey(const ReleaseRecord& record) {
  return std::tie(record.object.kind.kind, record.object.namespace_name, record.release);
}

}  // namespace

bool ReleaseRecords::Add(const Node& object, const Collection& collection) {
  ReleaseRecord record{.object = NameOf(object, collection)};
  record.path = Cat(collection.Path(record.object.namespace_name), "/", record.object.name);
  if (!paths_.insert(record.path).second) return false;
  const auto named = chart::ReleaseOfName(record.object.name);
  const bool agree = named && Label(object, "owner") == "helm" && Label(object, "name") == named->first &&
                     Label(object, "version") == std::to_string(named->second);
  if (agree) std::tie(record.release, record.revision) = *named;
  records_.push_back(std::move(record));
  return true;
}

std::vector<ReleaseRecord> ReleaseRecords::Take(bool all_revisions) && {
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> latest;
  for (const ReleaseRecord& record : records_) {
    int64_t& newest = latest[ReleaseKey(record)];
    newest = std::max(newest, record.revision);
  }
  std::vector<ReleaseRecord> taken;
  for (ReleaseRecord& record : records_) {
    const bool wanted =
        all_revisions || record.release.empty() || record.revision == latest[ReleaseKey(record)];
    if (wanted) taken.push_back(std::move(record));
  }
  records_.clear();
  return taken;
}

std::vector<ReleaseQuery> ReleaseQueries() {
  const Collection secrets = {{"", "v1", "Secret"}, "secrets"};
  const Collection config_maps = {{"", "v1", "ConfigMap"}, "configmaps"};
  return {{secrets, "labelSelector=owner%3Dhelm"},
          {secrets, "fieldSelector=type%3Dhelm.sh%2Frelease.v1"},
          {config_maps, "labelSelector=owner%3Dhelm"}};
}

}  // namespace chartseal::audit
