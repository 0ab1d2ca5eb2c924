#include "audit/report_writer.h"

#include <map>
#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

constexpr std::string_view kJson = "application/json";

const Collection& Kind(bool of_cluster) {
  static const auto* const in_namespace =
      new Collection{{"wgpolicyk8s.io", "v1alpha2", "PolicyReport"}, "policyreports"};
  static const auto* const cluster_wide =
      new Collection{{"wgpolicyk8s.io", "v1alpha2", "ClusterPolicyReport"}, "clusterpolicyreports", false};
  return of_cluster ? *cluster_wide : *in_namespace;
}

absl::Status Failed(const absl::Status& status, std::string_view what) {
  if (status.ok()) return status;
  return WithReason(Annotate(status, what), Reason::kReportFailed);
}

// "shop/chartseal-audit-1": the namespace, which may be empty, and the name.
std::string Key(std::string_view namespace_name, std::string_view name) {
  return Cat(namespace_name, "/", name);
}

class Writer {
 public:
  Writer(const Cluster& cluster, const std::function<bool()>& stopped)
      : cluster_(cluster), stopped_(stopped) {}

  absl::StatusOr<Written> Run(const std::vector<PolicyReport>& reports) {
    RETURN_IF_ERROR(FindOurs(false));
    if (cluster_.namespace_name.empty()) RETURN_IF_ERROR(FindOurs(true));
    const absl::Status status = WriteAll(reports);
    if (status.ok()) return written_;
    const std::string so_far =
        Cat(Message(status), "; reports written by then: ", written_.written, " of ", reports.size(),
            ", old ones removed: ", written_.removed, "; run the audit again for the rest");
    return WithReason(absl::Status(status.code(), so_far), Reason::kReportFailed);
  }

 private:
  absl::Status WriteAll(const std::vector<PolicyReport>& reports) {
    for (const PolicyReport& report : reports) {
      const std::string key = Key(report.namespace_name, report.name);
      RETURN_IF_ERROR(Check(key));
      RETURN_IF_ERROR(Write(report));
      ++written_.written;
      ours_.erase(key);
    }
    for (const auto& [key, old] : ours_) {
      RETURN_IF_ERROR(Check(key));
      RETURN_IF_ERROR(Remove(key, old));
      ++written_.removed;
    }
    return absl::OkStatus();
  }

  absl::Status Check(std::string_view next) const {
    return stopped_() ? absl::CancelledError(Cat("interrupted before ", next)) : absl::OkStatus();
  }

  struct Old {
    std::string path;
    std::string resource_version;
  };

  absl::Time Deadline() const { return cluster_.clock() + limits::kKubeRequestTime; }

  absl::Status FindOurs(bool of_cluster) {
    const Collection& kind = Kind(of_cluster);
    const std::string query = Cat("labelSelector=app.kubernetes.io%2Fmanaged-by%3D", kManagedBy);
    return Failed(ReadCollection(cluster_, kind, {query, true},
                                 [&](const Node& object) {
                                   Find(object, kind);
                                   return absl::OkStatus();
                                 }),
                  kind.resource);
  }

  void Find(const Node& object, const Collection& kind) {
    const ObjectName name = NameOf(object, kind);
    if (!name.name.starts_with(kReportNamePrefix)) return;
    ours_[Key(name.namespace_name, name.name)] = {
        Cat(kind.Path(name.namespace_name), "/", name.name),
        std::string(object.Find("metadata")->StringOr("resourceVersion"))};
  }

  absl::Status Write(const PolicyReport& report) {
    const std::string what = Key(report.namespace_name, report.name);
    const Collection& kind = Kind(report.namespace_name.empty());
    const auto old = ours_.find(what);
    if (old == ours_.end()) {
      return Failed(
          cluster_.client.Send("POST", kind.Path(report.namespace_name), kJson, report.object, Deadline())
              .status(),
          what);
    }
    // With the version that was seen: what somebody else wrote meanwhile is not overwritten unseen.
    Node object = report.object;
    Node metadata = *object.Find("metadata");
    metadata.Set("resourceVersion", old->second.resource_version);
    object.Set("metadata", std::move(metadata));
    return Failed(cluster_.client.Send("PUT", old->second.path, kJson, object, Deadline()).status(), what);
  }

  absl::Status Remove(const std::string& key, const Old& old) {
    const absl::Status status = cluster_.client.Send("DELETE", old.path, kJson, Node(), Deadline()).status();
    return absl::IsNotFound(status) ? absl::OkStatus() : Failed(status, key);
  }

  const Cluster& cluster_;
  const std::function<bool()>& stopped_;
  Written written_;
  std::map<std::string, Old> ours_;  // those that are left from earlier audits
};

}  // namespace

absl::StatusOr<Written> WriteReports(const Cluster& cluster, const std::vector<PolicyReport>& reports,
                                     const std::function<bool()>& stopped) {
  return Writer(cluster, stopped).Run(reports);
}

}  // namespace chartseal::audit
