#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "publisher/package/go_yaml.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"

using chartseal::Node;

namespace {

// Whether a reader of YAML 1.2 finds `text` again. Digits that no double holds are no number to helm's
// library, so it writes them without quotes; YAML 1.2 knows no such exception.
bool IsText(const Node& node, std::string_view text) {
  if (node.kind() == Node::Kind::kNumber) return std::isinf(node.number_value());
  return node.is_string() && node.string_value() == text;
}

}  // namespace

// The first line is a key, all of the input a value. What is written is read again as what it was, by a
// reader of YAML 1.2, wherever it stands in the document.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  if (size > 4096 || !chartseal::IsUtf8(value)) return 0;
  const std::string_view key = value.substr(0, value.find('\n'));
  Node annotations = Node::MakeMap();
  annotations.Set("a", value).Set(key, value).Set("z", "last");
  Node root = Node::MakeMap();
  root.Set("annotations", annotations)
      .Set("keywords", Node::MakeList().Append(Node::String(std::string(value))));
  const auto text = chartseal::publisher::WriteGoYaml(root, "fuzz");
  if (!text.ok()) return 0;
  const auto read = chartseal::ParseYaml(*text, "fuzz");
  // Long keys and such are within YAML's own limits, which our reader keeps.
  if (!read.ok()) return key.size() < 1000 && value.find('\r') == value.npos ? (std::abort(), 0) : 0;
  const Node* const a = read->FindPath({"annotations", key});
  if (a == nullptr || !IsText(*a, annotations.Find(key)->string_value())) std::abort();
  if (!IsText(read->Find("keywords")->list()[0], value)) std::abort();
  return 0;
}
