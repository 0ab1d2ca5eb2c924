#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

namespace chartseal::kube {

// One line of a watch: {"type":"MODIFIED","object":{...}} (Kubernetes API concepts, "Efficient detection of
// changes").
struct WatchEvent {
  enum class Kind { kUpsert, kRemove, kBookmark };
  Kind kind;
  Node object;                   // of a bookmark only the version counts
  std::string resource_version;  // of the object; never empty
};

// InvalidArgument/kKubeUnavailable for what is no event; the error that an ERROR event carries (OutOfRange
// for 410 Gone).
absl::StatusOr<WatchEvent> ReadWatchEvent(std::string_view line, std::string_view where);

// Which version of each object has been handed over. Versions are compared as the numbers that etcd gives
// them; what is no number counts as newer than everything. Not thread-safe.
class SeenVersions {
 public:
  // Whether the object is new or newer than what was seen; it then counts as seen.
  bool TakeUpsert(const Node& object);
  // Whether the object was there and this removal is not older than what was seen.
  bool TakeRemoval(const Node& object);

  void Clear() { versions_.clear(); }
  bool empty() const { return versions_.empty(); }

 private:
  std::unordered_map<std::string, std::uint64_t> versions_;  // by namespace and name
};

// Whether version `a` comes before `b`; false when one of them is no number.
bool IsOlder(std::string_view a, std::string_view b);

}  // namespace chartseal::kube
