#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chartseal {

// A document tree, from strict_json or strict_yaml or built for output. One type for both formats, so that a
// policy reads the same from a YAML file and from a Kubernetes object. A value type: copying copies the tree.
// Const access is thread-safe.
class Node {
 public:
  enum class Kind { kNull, kBool, kInteger, kNumber, kString, kList, kMap };
  using List = std::vector<Node>;
  using Map = std::vector<std::pair<std::string, Node>>;  // in document order; keys are distinct

  Node() = default;
  static Node Bool(bool value) { return Node(Value(value)); }
  static Node Integer(int64_t value) { return Node(Value(value)); }
  static Node Number(double value) { return Node(Value(value)); }
  static Node String(std::string value) { return Node(Value(std::move(value))); }
  static Node MakeList() { return Node(Value(List())); }
  static Node MakeMap() { return Node(Value(Map())); }

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_list() const { return kind() == Kind::kList; }
  bool is_map() const { return kind() == Kind::kMap; }

  // Each requires the kind; integers outside int64 are kNumber (spec/sigstore.md §0: int64 come as strings
  // too).
  bool bool_value() const { return std::get<bool>(value_); }
  int64_t integer_value() const { return std::get<int64_t>(value_); }
  double number_value() const { return std::get<double>(value_); }
  const std::string& string_value() const { return std::get<std::string>(value_); }
  const List& list() const { return std::get<List>(value_); }
  const Map& map() const { return std::get<Map>(value_); }
  List& list() { return std::get<List>(value_); }
  Map& map() { return std::get<Map>(value_); }

  // The member, or nullptr when absent or when this is not a map. Borrowed from this node.
  const Node* Find(std::string_view key) const;
  // Find() along several keys; nullptr as soon as one is absent.
  const Node* FindPath(std::initializer_list<std::string_view> keys) const;
  // The string at `key`, or "" when it is absent or not a string. For hints and lenient readers only.
  std::string_view StringOr(std::string_view key, std::string_view otherwise = "") const;

  // Building: adds or replaces a member (map) or appends (list). Return *this for chaining.
  Node& Set(std::string_view key, Node value);
  Node& Set(std::string_view key, std::string_view value) { return Set(key, String(std::string(value))); }
  Node& Set(std::string_view key, const char* value) { return Set(key, std::string_view(value)); }
  // Optional members of documents that people or programs read: what is empty is left out.
  Node& SetUnlessEmpty(std::string_view key, std::string_view value) {
    return value.empty() ? *this : Set(key, value);
  }
  Node& Append(Node value);

  // 1-based line in the YAML text this came from; 0 for JSON and built nodes.
  int line() const { return line_; }
  void set_line(int line) { line_ = line; }

 private:
  using Value = std::variant<std::monostate, bool, int64_t, double, std::string, List, Map>;
  explicit Node(Value value) : value_(std::move(value)) {}
  Value value_;
  int line_ = 0;
};

// "null", "a boolean", "an integer", "a number", "a string", "a list", "an object".
std::string_view KindName(Node::Kind kind);

}  // namespace chartseal
