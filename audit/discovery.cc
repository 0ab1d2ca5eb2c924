#include "audit/discovery.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

using workload::GroupVersionKind;

absl::StatusOr<Node> Ask(const Cluster& cluster, const std::string& path) {
  return cluster.client.Get(path, cluster.clock() + limits::kKubeRequestTime);
}

// The elements of a list member; none when it is absent or no list.
const Node::List& ListOf(const Node& object, std::string_view member) {
  static const Node::List* const none = new Node::List();
  const Node* found = object.Find(member);
  return found != nullptr && found->is_list() ? found->list() : *none;
}

bool CanBeListed(const Node& resource) {
  const Node::List& verbs = ListOf(resource, "verbs");
  return std::any_of(verbs.begin(), verbs.end(),
                     [](const Node& verb) { return verb.is_string() && verb.string_value() == "list"; });
}

bool IsNamespaced(const Node& resource) {
  const Node* namespaced = resource.Find("namespaced");
  return namespaced != nullptr && namespaced->kind() == Node::Kind::kBool && namespaced->bool_value();
}

// Versions of a group, the preferred one first.
std::vector<std::string> VersionsOf(const Node& group) {
  std::vector<std::string> versions;
  const Node* preferred = group.Find("preferredVersion");
  if (preferred != nullptr) versions.emplace_back(preferred->StringOr("version"));
  for (const Node& version : ListOf(group, "versions")) versions.emplace_back(version.StringOr("version"));
  std::erase(versions, "");
  if (!versions.empty())
    versions.erase(std::remove(versions.begin() + 1, versions.end(), versions[0]), versions.end());
  return versions;
}

class Discovery {
 public:
  Discovery(const Cluster& cluster, const std::vector<GroupVersionKind>& wanted, std::vector<Gap>& gaps)
      : cluster_(cluster), wanted_(wanted), gaps_(gaps) {}

  absl::Status Run() {
    RETURN_IF_ERROR(Look("", "v1"));
    ASSIGN_OR_RETURN(const Node groups, Ask(cluster_, "/apis"));
    for (const Node& group : ListOf(groups, "groups")) {
      const std::string name(group.StringOr("name"));
      for (const std::string& version : VersionsOf(group)) {
        const absl::Status status = Look(name, version);
        if (!status.ok()) gaps_.push_back({Cat(name, "/", version), status});
      }
    }
    return absl::OkStatus();
  }

  std::vector<Collection> Take() && { return std::move(found_); }

 private:
  bool IsMissing(const GroupVersionKind& kind) const { return !kinds_.contains({kind.group, kind.kind}); }

  // Whether this version may have something that is still missing.
  bool IsOfUse(std::string_view group, std::string_view version) const {
    return std::any_of(wanted_.begin(), wanted_.end(), [&](const GroupVersionKind& kind) {
      return kind.group == group && (kind.version == "*" || kind.version == version) && IsMissing(kind);
    });
  }

  absl::Status Look(const std::string& group, const std::string& version) {
    if (!IsOfUse(group, version)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Node answer, Ask(cluster_, group.empty() ? Cat("/api/", version)
                                                                    : Cat("/apis/", group, "/", version)));
    for (const Node& resource : ListOf(answer, "resources")) Take(group, version, resource);
    return absl::OkStatus();
  }

  void Take(const std::string& group, const std::string& version, const Node& resource) {
    const GroupVersionKind kind = {group, version, std::string(resource.StringOr("kind"))};
    const std::string name(resource.StringOr("name"));
    const bool wanted = std::any_of(wanted_.begin(), wanted_.end(), [&](const GroupVersionKind& one) {
      return one.group == group && one.kind == kind.kind && (one.version == "*" || one.version == version);
    });
    // A slash is in the name of a part of an object: "deployments/status".
    if (!wanted || name.empty() || name.find('/') != std::string::npos || !CanBeListed(resource)) return;
    const Collection collection = {kind, name, IsNamespaced(resource)};
    if (!IsMissing(kind) || (!collection.namespaced && !cluster_.namespace_name.empty())) return;
    kinds_.insert({group, kind.kind});
    found_.push_back(collection);
  }

  const Cluster& cluster_;
  const std::vector<GroupVersionKind>& wanted_;
  std::vector<Gap>& gaps_;
  std::set<std::pair<std::string, std::string>> kinds_;  // group and kind that were found
  std::vector<Collection> found_;
};

}  // namespace

absl::StatusOr<std::vector<Collection>> Discover(const Cluster& cluster,
                                                 const std::vector<GroupVersionKind>& wanted,
                                                 std::vector<Gap>& gaps) {
  Discovery discovery(cluster, wanted, gaps);
  RETURN_IF_ERROR(discovery.Run());
  return std::move(discovery).Take();
}

}  // namespace chartseal::audit
