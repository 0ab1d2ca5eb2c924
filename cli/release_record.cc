#include "cli/release_record.h"

#include <algorithm>
#include <utility>

#include "cli/environment.h"
#include "cli/flags.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/release_object.h"
#include "verifier/kube/client.h"
#include "verifier/kube/config.h"
#include "verifier/kube/listing.h"
#include "verifier/net/clock.h"

namespace chartseal::cli {
namespace {

constexpr int kRecordsAtATime = 16;  // of servers that cannot leave contents out, each may be a megabyte

absl::Status CheckName(std::string_view flag, std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  if (!name.empty() && name.size() <= 253 && name.find_first_not_of(kAllowed) == name.npos) {
    return absl::OkStatus();
  }
  return UsageError(Cat(flag, ": expected a name of lower-case letters, digits, \"-\" and \".\", found \"",
                        Printable(name, 80), "\""));
}

// The resources that helm's driver keeps records in.
absl::StatusOr<std::vector<std::string>> Resources() {
  const std::string driver = Variable("HELM_DRIVER");
  if (driver.empty()) return std::vector<std::string>{"secrets", "configmaps"};
  if (driver == "secret" || driver == "secrets") return std::vector<std::string>{"secrets"};
  if (driver == "configmap" || driver == "configmaps") return std::vector<std::string>{"configmaps"};
  return UsageError(Cat("HELM_DRIVER: records of the driver \"", Printable(driver, 40),
                        "\" are not in the API server; give one with --release-file"));
}

std::string NameOf(const Node& object) {
  const Node* metadata = object.Find("metadata");
  return std::string(metadata == nullptr ? "" : metadata->StringOr("name"));
}

class ClusterReader {
 public:
  ClusterReader(const InstalledRelease& wanted, kube::Client& client, absl::Time deadline)
      : wanted_(wanted), client_(client), deadline_(deadline) {}

  absl::StatusOr<ReleaseRecord> Read() {
    ASSIGN_OR_RETURN(const std::vector<std::string> resources, Resources());
    for (const std::string& resource : resources) {
      ASSIGN_OR_RETURN(const std::optional<Node> object, Find(resource));
      if (object.has_value()) return ReadObject(*object);
    }
    return WithReason(
        absl::NotFoundError(Cat("no release ", wanted_.name,
                                wanted_.revision == 0 ? "" : Cat(" with revision ", wanted_.revision),
                                " in namespace ", wanted_.namespace_name, "; looked among ", resources[0],
                                resources.size() > 1 ? Cat(" and ", resources[1]) : "")),
        Reason::kNotFound);
  }

 private:
  std::string Collection(const std::string& resource) const {
    return Cat("/api/v1/namespaces/", wanted_.namespace_name, "/", resource);
  }

  // By the names alone: records are large, and most are of revisions that are over. 0 when there is none.
  absl::StatusOr<int64_t> FindRevision(const std::string& resource) {
    const std::string path = Cat(Collection(resource), "?labelSelector=owner%3Dhelm%2Cname%3D", wanted_.name);
    const net::Clock clock = net::SystemClock();
    const std::function<bool()> is_over = [&] { return clock() >= deadline_; };
    int64_t newest = 0;
    const auto take = [&](const std::vector<Node>& objects) {
      for (const Node& object : objects) {
        const auto named = chart::ReleaseOfName(NameOf(object));
        if (!named || named->first != wanted_.name) continue;
        const bool is_wanted = wanted_.revision == 0 || named->second == wanted_.revision;
        if (is_wanted) newest = std::max(newest, named->second);
      }
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(kube::ListPages({.client = client_,
                                     .path = path,
                                     .page_size = kRecordsAtATime,
                                     .clock = clock,
                                     .stopped = is_over,
                                     .metadata_only = true},
                                    take)
                        .status());
    return newest;
  }

  absl::StatusOr<std::optional<Node>> Find(const std::string& resource) {
    ASSIGN_OR_RETURN(revision_, FindRevision(resource));
    if (revision_ == 0) return std::nullopt;
    return client_.Get(Cat(Collection(resource), "/", chart::ReleaseObjectName(wanted_.name, revision_)),
                       deadline_);
  }

  absl::StatusOr<ReleaseRecord> ReadObject(const Node& object) {
    ReleaseRecord record{.namespace_name = wanted_.namespace_name};
    record.where = Cat(object.StringOr("kind"), " ", wanted_.namespace_name, "/", NameOf(object));
    ASSIGN_OR_RETURN(const std::string encoded, chart::EncodedReleaseOf(object, record.where));
    ASSIGN_OR_RETURN(record.release, chart::ReadRelease(encoded, record.where));
    if (record.release.name != wanted_.name || record.release.revision != revision_) {
      return Malformed(Reason::kReleaseMalformed, record.where,
                       Cat("the record in it is of ", Printable(record.release.name, 80), " revision ",
                           record.release.revision));
    }
    record.namespace_labels = NamespaceLabels();
    return record;
  }

  // Nullopt when they may not be read: policies that ask for labels then count as matching.
  std::optional<policy::Labels> NamespaceLabels() {
    const auto object = client_.Get(Cat("/api/v1/namespaces/", wanted_.namespace_name), deadline_);
    return object.ok() ? policy::LabelsOf(*object) : std::nullopt;
  }

  const InstalledRelease& wanted_;
  kube::Client& client_;
  const absl::Time deadline_;
  int64_t revision_ = 0;  // that was found
};

}  // namespace

absl::StatusOr<ReleaseRecord> ReadInstalled(const InstalledRelease& asked, absl::Time deadline) {
  InstalledRelease wanted = asked;
  RETURN_IF_ERROR(CheckName("--release", wanted.name));
  if (!wanted.namespace_name.empty()) RETURN_IF_ERROR(CheckName("--namespace", wanted.namespace_name));
  ASSIGN_OR_RETURN(kube::Config config, wanted.cluster.Load());
  if (wanted.namespace_name.empty()) wanted.namespace_name = config.namespace_name;
  if (wanted.namespace_name.empty()) wanted.namespace_name = "default";
  RETURN_IF_ERROR(CheckName("namespace of the kubeconfig", wanted.namespace_name));
  ASSIGN_OR_RETURN(const auto client, kube::MakeClient(std::move(config)));
  return ClusterReader(wanted, *client, deadline).Read();
}

absl::StatusOr<ReleaseRecord> ReadReleaseFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, limits::kMaxReleaseJsonBytes));
  const std::string where = path == "-" ? "standard input" : path;
  ASSIGN_OR_RETURN(chart::ReleaseInput input, chart::ReadReleaseInput(text, where));
  ReleaseRecord record{.where = where, .release = std::move(input.release)};
  record.namespace_name =
      input.namespace_name.empty() ? record.release.namespace_name : std::move(input.namespace_name);
  return record;
}

}  // namespace chartseal::cli
