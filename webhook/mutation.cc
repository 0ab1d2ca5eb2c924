#include "webhook/mutation.h"

#include <set>
#include <utility>

#include "verifier/base/node.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

Node MakeOperation(std::string_view op, std::string_view pointer, std::string_view value) {
  Node operation = Node::MakeMap();
  operation.Set("op", op).Set("path", pointer).Set("value", value);
  return operation;
}

}  // namespace

std::string Pinned(std::string_view reference, const crypto::Digest& digest) {
  if (reference.find('@') != std::string_view::npos) return std::string(reference);
  return Cat(reference, "@", digest.ToString());
}

std::string PinPatch(const std::vector<Pin>& pins) {
  Node patch = Node::MakeList();
  std::set<std::string_view> written;
  for (const Pin& pin : pins) {
    const std::string pinned = Pinned(pin.use.reference, pin.digest);
    if (pinned == pin.use.reference || !written.insert(pin.use.pointer).second) continue;
    patch.Append(MakeOperation("test", pin.use.pointer, Cat(pin.use.scheme, pin.use.reference)));
    patch.Append(MakeOperation("replace", pin.use.pointer, Cat(pin.use.scheme, pinned)));
  }
  return patch.list().empty() ? std::string() : WriteJson(patch);
}

}  // namespace chartseal::webhook
