#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

// JSON on the request path: parsed once and read in place, where a tree of Nodes would cost more than all the
// rest of an answer. As strict as strict_json: duplicate keys, depth, size, invalid UTF-8 and trailing data
// are refused.
namespace chartseal {

class JsonDocument;

// One value of a document: two words, copied freely, valid as long as the document. A default-constructed
// value is null. Thread-safe.
class JsonValue {
 public:
  JsonValue() = default;

  Node::Kind kind() const;
  bool is_null() const { return kind() == Node::Kind::kNull; }
  bool is_string() const { return kind() == Node::Kind::kString; }
  bool is_list() const { return kind() == Node::Kind::kList; }
  bool is_map() const { return kind() == Node::Kind::kMap; }

  // Each requires the kind. The text is borrowed from the document.
  bool bool_value() const;
  int64_t integer_value() const;
  std::string_view string_value() const;

  // The member, or null when it is absent or this is not a map. Absent and null are the same here.
  JsonValue Find(std::string_view key) const;
  // Find() along several keys.
  JsonValue FindPath(std::initializer_list<std::string_view> keys) const;
  // The string at `key`, or `otherwise` when it is absent or not a string.
  std::string_view StringOr(std::string_view key, std::string_view otherwise = "") const;

  // Elements of a list, members of a map; 0 for everything else.
  size_t size() const;
  // Calls visit(index, element) for each element of a list until it returns false.
  template <typename Visit>
  void ForEachElement(Visit visit) const;
  // Calls visit(key, value) for each member of a map, in document order, until it returns false.
  template <typename Visit>
  void ForEachMember(Visit visit) const;

  // The same value as a tree, for code that wants to keep it or hand it to a reader of Nodes.
  Node ToNode() const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, size_t position) : document_(document), position_(position) {}
  const JsonDocument* document_ = nullptr;
  size_t position_ = 0;
};

// Immutable after parsing; const access is thread-safe. Not copied or moved: values point into it.
class JsonDocument {
 public:
  // `where` names the document in errors. InvalidArgument/kJsonMalformed, ResourceExhausted/kLimitExceeded.
  static absl::StatusOr<std::shared_ptr<const JsonDocument>> Parse(std::string_view text,
                                                                   std::string_view where);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonValue root() const;

 private:
  JsonDocument();
};

}  // namespace chartseal
