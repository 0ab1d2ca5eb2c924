#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/cluster.h"
#include "audit/result.h"
#include "verifier/base/node.h"

// Where a cluster keeps helm's records of releases (spec/helm-oci-kubernetes.md §4.2).
namespace chartseal::audit {

// An object that holds one revision of a release, or says so.
struct ReleaseRecord {
  ObjectName object;
  std::string path;     // of the object in the API
  std::string release;  // by the object's name; empty when that is not of helm's form
  int64_t revision = 0;
};

// Collects Secrets and ConfigMaps by their metadata alone: records are large, and most are of revisions that
// are over.
class ReleaseRecords {
 public:
  // Of a Secret or ConfigMap that helm may take for a record. False when it was taken already.
  bool Add(const Node& object, const Collection& collection);
  // The latest revision of each release, or all of them. A record whose labels and name do not agree, or
  // whose name is not of helm's form, is always among them: helm finds records by labels, and nobody vouches
  // for either.
  std::vector<ReleaseRecord> Take(bool all_revisions) &&;

 private:
  std::vector<ReleaseRecord> records_;
  std::set<std::string> paths_;  // theirs
};

// The two collections, and what to ask them for: records by helm's label, Secrets by helm's type as well.
struct ReleaseQuery {
  Collection collection;
  std::string query;
};
std::vector<ReleaseQuery> ReleaseQueries();

}  // namespace chartseal::audit
