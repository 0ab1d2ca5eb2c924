#include "webhook/chart_pins.h"

#include <string_view>
#include <utility>

#include "verifier/base/node.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "webhook/mutation.h"

namespace chartseal::webhook {
namespace {

using workload::PinField;

Node Operation(std::string_view op, std::string_view pointer, Node value) {
  Node operation = Node::MakeMap();
  operation.Set("op", op).Set("path", pointer);
  return operation.Set("value", std::move(value));
}

Node ValueOf(const ChartPin& pin) {
  const std::string digest = pin.digest.ToString();
  switch (pin.field.form) {
    case PinField::Form::kDigest:
      return Node::String(digest);
    case PinField::Form::kReference:
      return Node::String(Cat(pin.field.text, "@", digest));
    case PinField::Form::kMember:
      break;
  }
  Node member = Node::MakeMap();
  return member.Set("digest", digest);
}

// "add" writes a member whether it is there or not; "replace" needs it to be there.
void Append(const ChartPin& pin, Node& patch) {
  for (const auto& [pointer, text] : pin.field.beside) {
    patch.Append(Operation("test", pointer, Node::String(text)));
  }
  const bool there = !pin.field.text.empty();
  if (there) patch.Append(Operation("test", pin.field.pointer, Node::String(pin.field.text)));
  patch.Append(Operation(there ? "replace" : "add", pin.field.pointer, ValueOf(pin)));
}

}  // namespace

std::string PinPatch(const std::vector<ChartPin>& charts, const std::vector<Pin>& images) {
  const std::string of_images = PinPatch(images);
  if (charts.empty()) return of_images;
  Node patch = Node::MakeList();
  for (const ChartPin& pin : charts) Append(pin, patch);
  if (of_images.empty()) return WriteJson(patch);
  // Both are lists of operations.
  std::string text = WriteJson(patch);
  text.back() = ',';
  return text + of_images.substr(1);
}

}  // namespace chartseal::webhook
