#include "verifier/base/node.h"

namespace chartseal {

const Node* Node::Find(std::string_view key) const {
  if (!is_map()) return nullptr;
  for (const auto& [name, value] : map()) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Node* Node::FindPath(std::initializer_list<std::string_view> keys) const {
  const Node* node = this;
  for (std::string_view key : keys) {
    if (node == nullptr) return nullptr;
    node = node->Find(key);
  }
  return node;
}

std::string_view Node::StringOr(std::string_view key, std::string_view otherwise) const {
  const Node* node = Find(key);
  return node != nullptr && node->is_string() ? std::string_view(node->string_value()) : otherwise;
}

Node& Node::Set(std::string_view key, Node value) {
  for (auto& [name, old] : map()) {
    if (name == key) {
      old = std::move(value);
      return *this;
    }
  }
  map().emplace_back(std::string(key), std::move(value));
  return *this;
}

Node& Node::Append(Node value) {
  list().push_back(std::move(value));
  return *this;
}

std::string_view KindName(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kBool:
      return "a boolean";
    case Node::Kind::kInteger:
      return "an integer";
    case Node::Kind::kNumber:
      return "a number";
    case Node::Kind::kString:
      return "a string";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "an object";
  }
  return "unknown";
}

}  // namespace chartseal
