#include "webhook/involved_object.h"

#include <string_view>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

// The object is the client's text: what is too long to be a name is none.
std::string NameIn(const Node& node, std::string_view key) {
  const std::string_view text = node.StringOr(key);
  return text.size() > limits::kMaxReviewNameBytes ? std::string() : std::string(text);
}

std::string ApiVersion(const GroupVersionKind& kind) {
  return kind.group.empty() ? kind.version : Cat(kind.group, "/", kind.version);
}

const Node* ControllerOf(const Node& object) {
  const Node* owners = object.FindPath({"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_list()) return nullptr;
  for (const Node& owner : owners->list()) {
    const Node* controller = owner.Find("controller");
    const bool controls =
        controller != nullptr && controller->kind() == Node::Kind::kBool && controller->bool_value();
    if (controls && !NameIn(owner, "kind").empty() && !NameIn(owner, "name").empty()) return &owner;
  }
  return nullptr;
}

InvolvedObject Itself(const AdmissionRequest& request) {
  InvolvedObject involved{ApiVersion(request.kind), request.kind.kind, request.name, request.namespace_name,
                          ""};
  const Node* metadata = request.old_object.Find("metadata");
  if (metadata == nullptr) return involved;
  involved.uid = NameIn(*metadata, "uid");
  if (involved.name.empty()) involved.name = NameIn(*metadata, "name");
  return involved;
}

}  // namespace

InvolvedObject InvolvedIn(const AdmissionRequest& request) {
  if (request.operation == Operation::kUpdate) return Itself(request);
  if (const Node* owner = ControllerOf(request.object)) {
    return {NameIn(*owner, "apiVersion"), NameIn(*owner, "kind"), NameIn(*owner, "name"),
            request.namespace_name, NameIn(*owner, "uid")};
  }
  if (request.namespace_name.empty()) return Itself(request);
  // The API server wants the namespace of an Event and of its object to be the same.
  return {"v1", "Namespace", request.namespace_name, request.namespace_name, ""};
}

}  // namespace chartseal::webhook
