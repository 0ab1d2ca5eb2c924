#include "webhook/release_object.h"

#include <string_view>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/release_object.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kWhere = "release record";

enum class By { kTypeOrName, kAnything };

// The object as far as records are told by it, without its data. Kind and version are the API server's word
// for it, not the object's.
Node HeadOf(const GroupVersionKind& kind, JsonValue object, By by = By::kAnything) {
  Node metadata = Node::MakeMap();
  metadata.Set("name", object.Find("metadata").StringOr("name"));
  const JsonValue owner = object.FindPath({"metadata", "labels", "owner"});
  if (by == By::kAnything && owner.is_string()) {
    metadata.Set("labels", Node::MakeMap().Set("owner", owner.string_value()));
  }
  Node head = Node::MakeMap();
  head.Set("apiVersion", kind.group.empty() ? kind.version : Cat(kind.group, "/", kind.version));
  head.Set("kind", kind.kind).Set("metadata", std::move(metadata));
  const JsonValue type = object.Find("type");
  if (type.is_string()) head.Set("type", type.string_value());
  return head;
}

bool HasRelease(JsonValue object) {
  return !object.FindPath({"data", "release"}).is_null() ||
         !object.FindPath({"stringData", "release"}).is_null();
}

bool IsRecord(const GroupVersionKind& kind, JsonValue object) {
  if (!object.is_map()) return false;
  return chart::IsReleaseObject(HeadOf(kind, object, By::kTypeOrName)) ||
         (HasRelease(object) && chart::IsReleaseObject(HeadOf(kind, object)));
}

absl::StatusOr<std::string> EncodedOf(const GroupVersionKind& kind, JsonValue object) {
  Node whole = HeadOf(kind, object);
  for (const std::string_view member : {"data", "stringData"}) {
    const JsonValue value = object.Find(member);
    if (!value.is_null()) whole.Set(member, value.ToNode());
  }
  return chart::EncodedReleaseOf(whole, kWhere);
}

bool IsSameText(JsonValue a, JsonValue b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return a.is_string() && b.is_string() && a.string_value() == b.string_value();
}

bool HasSameBytes(const AdmissionRequest& request) {
  for (const std::string_view member : {"data", "stringData"}) {
    if (!IsSameText(request.object.FindPath({member, "release"}),
                    request.old_object.FindPath({member, "release"}))) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<std::string> CoreOf(const GroupVersionKind& kind, JsonValue object) {
  ASSIGN_OR_RETURN(const std::string encoded, EncodedOf(kind, object));
  return chart::ReadReleaseCore(encoded, kWhere);
}

}  // namespace

ReleaseStep StepOf(const AdmissionRequest& request) {
  const bool writes = request.operation == Operation::kCreate || request.operation == Operation::kUpdate;
  if (!writes || !IsRecord(request.kind, request.object)) return ReleaseStep::kAdmit;
  const bool was = request.operation == Operation::kUpdate && IsRecord(request.kind, request.old_object);
  if (!was) return ReleaseStep::kVerify;
  return HasSameBytes(request) ? ReleaseStep::kAdmit : ReleaseStep::kCompare;
}

absl::StatusOr<chart::Release> ReadRecord(const AdmissionRequest& request) {
  ASSIGN_OR_RETURN(const std::string encoded, EncodedOf(request.kind, request.object));
  ASSIGN_OR_RETURN(chart::Release release, chart::ReadRelease(encoded, kWhere));
  const std::string_view name = request.object.Find("metadata").StringOr("name", request.name);
  const std::string expected = chart::ReleaseObjectName(release.name, release.revision);
  if (name == expected) return release;
  return Malformed(Reason::kReleaseMalformed, kWhere,
                   Cat("it is of ", Printable(expected, 128), ", and the object's name is ",
                       name.empty() ? "still to be made" : Printable(name, 128)));
}

bool HasSameCore(const AdmissionRequest& request) {
  const auto old_core = CoreOf(request.kind, request.old_object);
  if (!old_core.ok()) return false;
  const auto core = CoreOf(request.kind, request.object);
  return core.ok() && *core == *old_core;
}

}  // namespace chartseal::webhook
