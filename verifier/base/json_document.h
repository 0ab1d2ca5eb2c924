#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/limits.h"
#include "verifier/base/node.h"

// JSON on the request path: parsed once and read in place, where a tree of Nodes would cost more than all the
// rest of an answer. Accepts exactly what ParseJson() of strict_json.h accepts, with the same values and the
// same errors: duplicate keys, depth, size, number of values, invalid UTF-8, lone surrogates and trailing
// data are refused.
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
  double number_value() const;
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
  void ForEachElement(Visit visit) const {
    if (!is_list()) return;
    size_t index = 0;
    const size_t end = End();
    for (size_t at = position_ + 1; at < end; at = After(at)) {
      if (!visit(index++, JsonValue(document_, at))) return;
    }
  }
  // Calls visit(key, value) for each member of a map, in document order, until it returns false.
  template <typename Visit>
  void ForEachMember(Visit visit) const {
    if (!is_map()) return;
    const size_t end = End();
    for (size_t at = position_ + 1; at < end; at = After(at + 1)) {
      if (!visit(JsonValue(document_, at).string_value(), JsonValue(document_, at + 1))) return;
    }
  }

  // The same value as a tree, for code that wants to keep it or hand it to a reader of Nodes.
  Node ToNode() const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, size_t position) : document_(document), position_(position) {}
  // Where the closing word of this list or map is.
  size_t End() const;
  // The position behind the value at `position`.
  size_t After(size_t position) const;

  const JsonDocument* document_ = nullptr;
  size_t position_ = 0;
};

// Immutable after parsing; const access is thread-safe. Not copied or moved: values point into it. Its
// buffers go back to a small pool of the process when it is destroyed.
class JsonDocument {
 public:
  // `where` names the document in errors. InvalidArgument/kJsonMalformed, ResourceExhausted/kLimitExceeded.
  static absl::StatusOr<std::shared_ptr<const JsonDocument>> Parse(std::string_view text,
                                                                   std::string_view where,
                                                                   size_t max_bytes = limits::kMaxJsonBytes);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonValue root() const;

 private:
  friend class JsonValue;
  struct Buffers;
  explicit JsonDocument(std::unique_ptr<Buffers> buffers);

  // Whether simdjson reads `text` into `buffers_` and nothing in it is what only strict_json may judge.
  // `judged`: strict_json has taken it, so its size is known to be right.
  bool ParseFast(std::string_view text, size_t max_bytes, bool judged);

  std::unique_ptr<Buffers> buffers_;
  const uint64_t* tape_ = nullptr;  // of buffers_
  const char* strings_ = nullptr;   // of buffers_
};

}  // namespace chartseal
