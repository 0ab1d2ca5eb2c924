#include "audit/cluster.h"

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/kube/listing.h"

namespace chartseal::audit {
namespace {

// Smaller than kubectl's: objects of GitOps tools carry long statuses, and a page must fit into
// limits::kMaxKubeListBytes and limits::kMaxJsonNodes. With limits::kMaxKubePages it is enough for 200,000
// objects of one kind.
constexpr int kPageSize = 200;

}  // namespace

std::string Collection::Path(std::string_view namespace_name) const {
  const std::string root = kind.group.empty() ? "/api" : Cat("/apis/", kind.group);
  const std::string inside = namespace_name.empty() ? "" : Cat("/namespaces/", namespace_name);
  return Cat(root, "/", kind.version, inside, "/", resource);
}

std::string Collection::ToString() const {
  return Cat(kind.group, kind.group.empty() ? "" : "/", kind.version, " ", resource);
}

absl::Status ReadCollection(const Cluster& cluster, const Collection& collection, const Reading& reading,
                            const std::function<absl::Status(const Node&)>& take) {
  std::string path = collection.Path(cluster.namespace_name);
  if (!reading.query.empty()) path = kube::WithParameter(path, reading.query);
  const std::function<bool()> never = [] { return false; };
  const auto each = [&take](const std::vector<Node>& objects) -> absl::Status {
    for (const Node& object : objects) RETURN_IF_ERROR(take(object));
    return absl::OkStatus();
  };
  return kube::ListPages({.client = cluster.client,
                          .path = path,
                          .page_size = kPageSize,
                          .clock = cluster.clock,
                          .stopped = never,
                          .metadata_only = reading.metadata_only},
                         each)
      .status();
}

ObjectName NameOf(const Node& object, const Collection& collection) {
  ObjectName name{.kind = collection.kind, .resource = collection.resource};
  const Node* metadata = object.Find("metadata");
  if (metadata == nullptr) return name;
  name.namespace_name = metadata->StringOr("namespace");
  name.name = metadata->StringOr("name");
  name.uid = metadata->StringOr("uid");
  return name;
}

}  // namespace chartseal::audit
