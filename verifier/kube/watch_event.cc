#include "verifier/kube/watch_event.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/kube/answer.h"

namespace chartseal::kube {
namespace {

std::optional<std::uint64_t> NumberOf(std::string_view version) {
  std::uint64_t number = 0;
  const char* end = version.data() + version.size();
  const auto [stop, error] = std::from_chars(version.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string_view MetadataOf(const Node& object, std::string_view member) {
  const Node* metadata = object.Find("metadata");
  return metadata == nullptr ? "" : metadata->StringOr(member);
}

std::uint64_t VersionOf(const Node& object) {
  return NumberOf(MetadataOf(object, "resourceVersion")).value_or(std::numeric_limits<std::uint64_t>::max());
}

std::string KeyOf(const Node& object) {
  return Cat(MetadataOf(object, "namespace"), "/", MetadataOf(object, "name"));
}

std::optional<WatchEvent::Kind> KindOf(std::string_view type) {
  if (type == "ADDED" || type == "MODIFIED") return WatchEvent::Kind::kUpsert;
  if (type == "DELETED") return WatchEvent::Kind::kRemove;
  if (type == "BOOKMARK") return WatchEvent::Kind::kBookmark;
  return std::nullopt;
}

Node TakeMember(Node& map, std::string_view name) {
  for (auto& [key, value] : map.map()) {
    if (key == name) return std::move(value);
  }
  return Node();
}

}  // namespace

absl::StatusOr<WatchEvent> ReadWatchEvent(std::string_view line, std::string_view where) {
  auto parsed = ObjectOfAnswer(where, line, limits::kMaxKubeObjectBytes);
  // Too large to be read is as good as malformed, and not the server's wish to be left alone (429).
  if (!parsed.ok()) return Malformed(Reason::kKubeUnavailable, "an event", Message(parsed.status()));
  Node event = *std::move(parsed);
  const std::string type(event.StringOr("type"));
  Node object = TakeMember(event, "object");
  if (type == "ERROR") return ErrorOfStatusObject(where, object);
  const auto kind = KindOf(type);
  if (!kind.has_value()) {
    return Malformed(Reason::kKubeUnavailable, where, Cat("an event of an unknown type: ", Printable(type)));
  }
  std::string version(MetadataOf(object, "resourceVersion"));
  if (version.empty())
    return Malformed(Reason::kKubeUnavailable, where, "an event without a resourceVersion");
  if (*kind != WatchEvent::Kind::kBookmark && MetadataOf(object, "name").empty())
    return Malformed(Reason::kKubeUnavailable, where, "an event whose object has no name");
  return WatchEvent{*kind, std::move(object), std::move(version)};
}

bool SeenVersions::TakeUpsert(const Node& object) {
  const std::uint64_t version = VersionOf(object);
  const auto [seen, is_new] = versions_.try_emplace(KeyOf(object), version);
  if (is_new) return true;
  const bool comparable = version != std::numeric_limits<std::uint64_t>::max();
  if (comparable && version <= seen->second) return false;
  seen->second = version;
  return true;
}

bool SeenVersions::TakeRemoval(const Node& object) {
  const auto seen = versions_.find(KeyOf(object));
  if (seen == versions_.end() || VersionOf(object) < seen->second) return false;
  versions_.erase(seen);
  return true;
}

bool IsOlder(std::string_view a, std::string_view b) {
  const auto left = NumberOf(a);
  const auto right = NumberOf(b);
  return left.has_value() && right.has_value() && *left < *right;
}

}  // namespace chartseal::kube
