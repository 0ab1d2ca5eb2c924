#include "verifier/base/strict_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

using nlohmann::ordered_json;

// Builds the tree while nlohmann scans, so that depth, count and duplicate keys are refused before memory is
// spent.
class TreeBuilder final : public nlohmann::json_sax<ordered_json> {
 public:
  explicit TreeBuilder(const JsonLimits& json_limits) : limits_(json_limits) {}

  bool null() override { return Add(Node()) != nullptr; }
  bool boolean(bool value) override { return Add(Node::Bool(value)) != nullptr; }
  bool number_integer(number_integer_t value) override { return Add(Node::Integer(value)) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Add(Node::Number(static_cast<double>(value))) != nullptr;
    }
    return Add(Node::Integer(static_cast<int64_t>(value))) != nullptr;
  }
  bool number_float(number_float_t value, const string_t&) override {
    return Add(Node::Number(value)) != nullptr;
  }
  bool string(string_t& value) override { return Add(Node::String(std::move(value))) != nullptr; }
  bool binary(binary_t&) override { return Fail("binary value"); }
  bool start_object(std::size_t) override { return Open(Node::MakeMap()); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(Node::MakeList()); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    Frame& frame = open_.back();
    if (IsDuplicate(frame, name)) return Fail(Cat("duplicate key \"", Printable(name, 64), "\""));
    frame.key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t offset, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // "[json.exception.KIND.ID] " and, for syntax errors, "parse error at line L, column C: " say nothing
    // more.
    std::string_view text = error.what();
    if (const size_t kind = text.find("] "); kind != std::string_view::npos) text.remove_prefix(kind + 2);
    if (const size_t colon = text.find(": "); text.starts_with("parse error") && colon != text.npos) {
      text.remove_prefix(colon + 2);
    }
    return Fail(Cat("at byte ", offset, ": ", Printable(text, 200)));
  }

  Node TakeRoot() { return std::move(root_); }
  const std::string& error() const { return error_; }
  bool limit_exceeded() const { return limit_exceeded_; }

 private:
  struct Frame {
    Node* node;
    std::string key;
    std::unordered_set<std::string> keys;  // filled only for large objects
  };

  // Linear search for the usual small objects, a set beyond, so that many keys do not cost quadratic time.
  static bool IsDuplicate(Frame& frame, const std::string& name) {
    constexpr size_t kSmall = 16;
    const Node::Map& members = frame.node->map();
    if (members.size() < kSmall) return frame.node->Find(name) != nullptr;
    if (frame.keys.empty()) {
      for (const auto& [existing, value] : members) frame.keys.insert(existing);
    }
    return !frame.keys.insert(name).second;
  }

  Node* Add(Node node) {
    if (++nodes_ > limits_.max_nodes) {
      limit_exceeded_ = true;
      Fail(Cat("more than ", limits_.max_nodes, " values"));
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    Node* parent = open_.back().node;
    if (parent->is_list()) {
      parent->list().push_back(std::move(node));
      return &parent->list().back();
    }
    parent->map().emplace_back(std::move(open_.back().key), std::move(node));
    return &parent->map().back().second;
  }

  bool Open(Node container) {
    if (static_cast<int>(open_.size()) >= limits_.max_depth) {
      limit_exceeded_ = true;
      return Fail(Cat("nested deeper than ", limits_.max_depth));
    }
    Node* node = Add(std::move(container));
    if (node == nullptr) return false;
    open_.push_back({node, {}, {}});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  bool Fail(std::string why) {
    if (error_.empty()) error_ = std::move(why);
    return false;
  }

  const JsonLimits& limits_;
  Node root_;
  // Pointers stay valid: a container is only appended to while it is the innermost open one.
  std::vector<Frame> open_;
  size_t nodes_ = 0;
  std::string error_;
  bool limit_exceeded_ = false;
};

ordered_json ToNlohmann(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kNull:
      return nullptr;
    case Node::Kind::kBool:
      return node.bool_value();
    case Node::Kind::kInteger:
      return node.integer_value();
    case Node::Kind::kNumber:
      return node.number_value();
    case Node::Kind::kString:
      return node.string_value();
    case Node::Kind::kList: {
      ordered_json out = ordered_json::array();
      for (const Node& item : node.list()) out.push_back(ToNlohmann(item));
      return out;
    }
    case Node::Kind::kMap: {
      ordered_json out = ordered_json::object();
      for (const auto& [key, value] : node.map()) out[key] = ToNlohmann(value);
      return out;
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<Node> ParseJson(std::string_view text, std::string_view where, const JsonLimits& json_limits) {
  if (text.size() > json_limits.max_bytes) {
    return WithReason(
        absl::ResourceExhaustedError(
            Cat(where, ": ", text.size(), " bytes of JSON, more than the limit of ", json_limits.max_bytes)),
        Reason::kLimitExceeded);
  }
  // nlohmann skips a byte order mark; RFC 8259 §8.1 says that it must not be there.
  if (text.starts_with("\xEF\xBB\xBF")) {
    return Malformed(Reason::kJsonMalformed, where, "not valid JSON: starts with a byte order mark");
  }
  // nlohmann takes a NUL for the end of the input, and what comes after it would go unread.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Malformed(Reason::kJsonMalformed, where, Cat("not valid JSON: at byte ", nul + 1, ": a NUL byte"));
  }
  TreeBuilder builder(json_limits);
  if (ordered_json::sax_parse(text.begin(), text.end(), &builder, ordered_json::input_format_t::json,
                              /*strict=*/true)) {
    return builder.TakeRoot();
  }
  if (builder.limit_exceeded()) {
    return WithReason(absl::ResourceExhaustedError(Cat(where, ": JSON ", builder.error())),
                      Reason::kLimitExceeded);
  }
  return Malformed(Reason::kJsonMalformed, where, Cat("not valid JSON: ", builder.error()));
}

std::string WriteJson(const Node& node, JsonStyle style) {
  const int indent = style == JsonStyle::kPretty ? 2 : -1;
  return ToNlohmann(node).dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace chartseal
