#include "webhook/involved_object.h"

#include <string_view>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

// The object is the client's text: what is too long to be a name is none.
std::string NameIn(JsonValue node, std::string_view key) {
  const std::string_view text = node.StringOr(key);
  return text.size() > limits::kMaxReviewNameBytes ? std::string() : std::string(text);
}

std::string ApiVersion(const GroupVersionKind& kind) {
  return kind.group.empty() ? kind.version : Cat(kind.group, "/", kind.version);
}

// Null when nothing controls it.
JsonValue ControllerOf(JsonValue object) {
  JsonValue found;
  object.FindPath({"metadata", "ownerReferences"}).ForEachElement([&](size_t, JsonValue owner) {
    const JsonValue controller = owner.Find("controller");
    const bool controls = controller.kind() == Node::Kind::kBool && controller.bool_value();
    if (controls && !NameIn(owner, "kind").empty() && !NameIn(owner, "name").empty()) found = owner;
    return found.is_null();
  });
  return found;
}

InvolvedObject Itself(const AdmissionRequest& request) {
  InvolvedObject involved{ApiVersion(request.kind), request.kind.kind, request.name, request.namespace_name,
                          ""};
  const JsonValue metadata = request.old_object.Find("metadata");
  involved.uid = NameIn(metadata, "uid");
  if (involved.name.empty()) involved.name = NameIn(metadata, "name");
  return involved;
}

}  // namespace

InvolvedObject InvolvedIn(const AdmissionRequest& request) {
  if (request.operation == Operation::kUpdate) return Itself(request);
  if (const JsonValue owner = ControllerOf(request.object); !owner.is_null()) {
    return {NameIn(owner, "apiVersion"), NameIn(owner, "kind"), NameIn(owner, "name"), request.namespace_name,
            NameIn(owner, "uid")};
  }
  if (request.namespace_name.empty()) return Itself(request);
  // The API server wants the namespace of an Event and of its object to be the same.
  return {"v1", "Namespace", request.namespace_name, request.namespace_name, ""};
}

}  // namespace chartseal::webhook
