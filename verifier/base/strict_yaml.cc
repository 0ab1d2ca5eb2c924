#include "verifier/base/strict_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "absl/strings/numbers.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

// Thrown inside yaml-cpp's parser, which has no other way to stop; never leaves this file.
struct Stop {
  YAML::Mark mark;
  std::string why;
  bool limit = false;
};

bool IsNull(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// YAML 1.2 core schema for plain scalars.
Node ResolvePlain(const std::string& text) {
  if (IsNull(text)) return Node();
  if (text == "true" || text == "True" || text == "TRUE") return Node::Bool(true);
  if (text == "false" || text == "False" || text == "FALSE") return Node::Bool(false);
  const bool number_like = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                           text.find_first_of("0123456789") != std::string::npos;
  int64_t integer = 0;
  if (number_like && absl::SimpleAtoi(text, &integer)) return Node::Integer(integer);
  double number = 0;
  if (number_like && absl::SimpleAtod(text, &number)) return Node::Number(number);
  return Node::String(text);
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override { root_ = Node(); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Add(mark, Node());
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stop{mark, "aliases are not allowed"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseAnchor(mark, anchor);
    // yaml-cpp tags quoted scalars "!" and plain ones "?"; anything else was written by the author.
    if (tag != "?" && tag != "!" && !tag.empty())
      throw Stop{mark, Cat("tags are not allowed: ", Printable(tag, 64))};
    if (ExpectsKey()) {
      SetKey(mark, value);
      return;
    }
    Add(mark, tag == "!" ? Node::String(value) : ResolvePlain(value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Node::MakeList());
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Node::MakeMap());
  }
  void OnMapEnd() override { open_.pop_back(); }

  Node TakeRoot() { return std::move(root_); }

 private:
  struct Frame {
    Node* node;
    bool has_key = false;
    std::string key;
  };

  static void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) throw Stop{mark, "anchors are not allowed"};
  }
  bool ExpectsKey() const { return !open_.empty() && open_.back().node->is_map() && !open_.back().has_key; }

  void SetKey(const YAML::Mark& mark, const std::string& key) {
    Frame& frame = open_.back();
    if (frame.node->Find(key) != nullptr) throw Stop{mark, Cat("duplicate key \"", Printable(key, 64), "\"")};
    frame.key = key;
    frame.has_key = true;
  }

  Node* Add(const YAML::Mark& mark, Node node) {
    if (++nodes_ > limits::kMaxYamlNodes)
      throw Stop{mark, Cat("more than ", limits::kMaxYamlNodes, " values"), true};
    if (ExpectsKey()) throw Stop{mark, "keys must be strings"};
    node.set_line(mark.line + 1);
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    Frame& parent = open_.back();
    if (parent.node->is_list()) {
      parent.node->list().push_back(std::move(node));
      return &parent.node->list().back();
    }
    parent.has_key = false;
    parent.node->map().emplace_back(std::move(parent.key), std::move(node));
    return &parent.node->map().back().second;
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node container) {
    RefuseAnchor(mark, anchor);
    if (tag != "?" && tag != "!" && !tag.empty())
      throw Stop{mark, Cat("tags are not allowed: ", Printable(tag, 64))};
    if (static_cast<int>(open_.size()) >= limits::kMaxYamlDepth) {
      throw Stop{mark, Cat("nested deeper than ", limits::kMaxYamlDepth), true};
    }
    Node* node = Add(mark, std::move(container));
    open_.push_back({node, false, {}});
  }

  Node root_;
  std::vector<Frame> open_;
  size_t nodes_ = 0;
};

absl::Status Error(std::string_view where, const YAML::Mark& mark, std::string_view why, bool limit) {
  const std::string at = Cat(where, ":", mark.line + 1, ":", mark.column + 1);
  if (limit) return WithReason(absl::ResourceExhaustedError(Cat(at, ": YAML ", why)), Reason::kLimitExceeded);
  return Malformed(Reason::kYamlMalformed, at, Cat("not valid YAML: ", why));
}

}  // namespace

absl::StatusOr<std::vector<Node>> ParseYamlStream(std::string_view text, std::string_view where) {
  if (text.size() > limits::kMaxYamlBytes) {
    return WithReason(
        absl::ResourceExhaustedError(
            Cat(where, ": ", text.size(), " bytes of YAML, more than the limit of ", limits::kMaxYamlBytes)),
        Reason::kLimitExceeded);
  }
  std::istringstream stream{std::string(text)};
  std::vector<Node> documents;
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder;
    while (parser.HandleNextDocument(builder)) {
      Node root = builder.TakeRoot();
      if (!root.is_null()) documents.push_back(std::move(root));
    }
  } catch (const Stop& stop) {
    return Error(where, stop.mark, stop.why, stop.limit);
  } catch (const YAML::Exception& error) {
    return Error(where, error.mark, Printable(error.msg, 200), false);
  }
  return documents;
}

absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where) {
  ASSIGN_OR_RETURN(std::vector<Node> documents, ParseYamlStream(text, where));
  if (documents.empty()) return Node();
  if (documents.size() > 1) {
    return Malformed(Reason::kYamlMalformed, Cat(where, ":", documents[1].line()),
                     "a second document; put each into a file of its own");
  }
  return std::move(documents.front());
}

}  // namespace chartseal
