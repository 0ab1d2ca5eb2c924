#include "verifier/base/strict_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/base/yaml_characters_internal.h"
#include "verifier/base/yaml_core_schema_internal.h"

namespace chartseal {
namespace {

// Thrown inside yaml-cpp's parser, which has no other way to stop; never leaves this file.
struct Stop {
  YAML::Mark mark;
  std::string why;
  bool limit = false;
  absl::Status refusal = {};  // of the caller's PlainScalarReader, in place of `why`
};

// yaml-cpp makes one byte of "\\_" (U+00A0) and "\\N" (U+0085) in double quotes. What it reads is UTF-8, so
// that a byte that is not can be nothing else.
std::string RepairEscapes(std::string value) {
  for (size_t at = ValidUtf8Prefix(value); at < value.size();) {
    value.insert(at, 1, '\xC2');
    at += 2 + ValidUtf8Prefix(std::string_view(value).substr(at + 2));
  }
  return value;
}

// What is allowed in a text.
struct Rules {
  const PlainScalarReader& read_plain;
  bool expands = false;
  size_t max_bytes = limits::kMaxYamlBytes;
  int max_depth = limits::kMaxYamlDepth;
  size_t max_nodes = limits::kMaxYamlNodes;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const Rules& rules) : text_(text), rules_(rules) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp begins another document wherever the last one is complete, as in "[a] b".
    if (documents_++ > 0 && !At(mark).starts_with("---")) {
      throw Stop{mark, "text after the end of the document; another one starts with a line \"---\""};
    }
    root_ = Node();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseProperties(mark, anchor, "");
    if (!open_.empty() && open_.back().flow_list &&
        (At(mark).starts_with(',') || At(mark).starts_with(']'))) {
      throw Stop{mark, "empty entry in a list"};
    }
    // Its tag, which might follow the anchor, would not be told.
    if (anchor != YAML::NullAnchor) throw Stop{mark, "an anchor of nothing"};
    RefuseBareColon(mark);
    const std::string_view written = WrittenNull(mark);
    Add(mark, written.empty() ? Node() : ReadPlain(mark, written, false));
    EndValue(mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!rules_.expands) throw Stop{mark, "aliases are not allowed"};
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Stop{mark, "an alias inside of what its anchor names"};
    CountCopy(mark, found->second, static_cast<int>(open_.size()));
    Add(mark, found->second);
    EndValue(mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseProperties(mark, anchor, tag);
    if (anchor != YAML::NullAnchor) RefuseBlockAfterAnchor(mark);
    // yaml-cpp itself tags plain scalars "?" and the others "!".
    const bool plain = tag != "!";
    if (rules_.expands && plain && value == "<<" && ExpectsKey()) {
      open_.back().merged = std::make_unique<Node>();
      open_.back().has_key = true;
      return;
    }
    Node node = plain ? ReadPlain(mark, value, ExpectsKey()) : Node::String(RepairEscapes(value));
    Remember(mark, anchor, node);
    if (ExpectsKey()) {
      SetKey(mark, node.string_value());
      return;
    }
    Add(mark, std::move(node));
    EndValue(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(mark, tag, anchor, Node::MakeList());
    open_.back().flow_list = style == YAML::EmitterStyle::Flow;
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Node::MakeMap());
  }
  void OnMapEnd() override { Close(); }

  Node TakeRoot() { return std::move(root_); }

 private:
  // Where the member of a key is, and whether the key was written there or merged.
  struct Place {
    size_t index;
    bool is_written;
  };
  struct Frame {
    Node* node;
    YAML::Mark mark;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool flow_list = false;
    // Of a map: the key whose value comes next, and where that goes.
    bool has_key = false;
    std::string key = {};
    size_t place = 0;
    std::unordered_map<std::string, Place> places = {};
    std::unique_ptr<Node> merged = nullptr;  // the value of "<<", while that is read
  };

  // The text from `mark` on; marks count bytes.
  std::string_view At(const YAML::Mark& mark) const {
    return text_.substr(std::min(static_cast<size_t>(mark.pos), text_.size()));
  }

  // The mark of a node is where its properties begin. What yaml-cpp reports as tag does not tell "!" that the
  // author wrote from its own; no node without a tag begins with '!'.
  void RefuseProperties(const YAML::Mark& mark, YAML::anchor_t anchor, std::string_view tag) const {
    const bool of_yaml_cpp = tag.empty() || tag == "?" || tag == "!";
    if (At(mark).starts_with('!') || !of_yaml_cpp) throw Stop{mark, "tags are not allowed"};
    if (anchor != YAML::NullAnchor && !rules_.expands) throw Stop{mark, "anchors are not allowed"};
  }
  Node ReadPlain(const YAML::Mark& mark, std::string_view value, bool is_key) const {
    auto node = rules_.read_plain(value, is_key);
    if (!node.ok()) throw Stop{.mark = mark, .why = "", .refusal = node.status()};
    return *std::move(node);
  }

  // "null", "~" and the like where they stand at `mark`, and not as the next key; "" for a value that is not
  // there.
  std::string_view WrittenNull(const YAML::Mark& mark) const {
    for (const std::string_view form : {"~", "null", "Null", "NULL"}) {
      if (!At(mark).starts_with(form)) continue;
      const std::string_view rest = At(mark).substr(form.size());
      if (rest.empty() || std::string_view(" \t\r\n,]}").find(rest.front()) != rest.npos) return form;
    }
    return "";
  }
  // For yaml-cpp an anchor that a key could follow is where the text of a block scalar must be indented from:
  // of "- &a |" it may take that text for comments.
  void RefuseBlockAfterAnchor(const YAML::Mark& mark) const {
    const std::string_view before = text_.substr(0, static_cast<size_t>(mark.pos));
    const std::string_view on_line = before.substr(before.rfind('\n') + 1);
    if (on_line.find_first_not_of(" \t-?") != on_line.npos) return;
    const std::string_view from = At(mark);
    const size_t name_end = std::min(from.find_first_of(" \t\r\n"), from.size());
    const size_t value = from.find_first_not_of(" \t\r\n", name_end);
    if (value != from.npos && std::string_view("|>#").find(from[value]) != std::string_view::npos) {
      throw Stop{mark, "an anchor at the beginning of a line, of a block of text"};
    }
  }
  // "{a:}" has the key "a:" for go-yaml and "a" for yaml-cpp.
  void RefuseBareColon(const YAML::Mark& mark) const {
    const auto at = static_cast<size_t>(mark.pos);
    const bool ends_flow = At(mark).find_first_of(",]}") == 0;
    if (rules_.expands && ends_flow && at > 0 && at <= text_.size() && text_[at - 1] == ':') {
      throw Stop{mark, "\":\" without a blank behind it"};
    }
  }
  bool ExpectsKey() const { return !open_.empty() && open_.back().node->is_map() && !open_.back().has_key; }

  void SetKey(const YAML::Mark& mark, const std::string& key) {
    Frame& frame = open_.back();
    const auto [found, is_new] = frame.places.try_emplace(key, Place{frame.node->map().size(), true});
    if (!is_new && found->second.is_written) {
      throw Stop{mark, Cat("duplicate key \"", Printable(key, 64), "\"")};
    }
    found->second.is_written = true;
    frame.place = found->second.index;
    frame.key = key;
    frame.has_key = true;
  }

  Node* Add(const YAML::Mark& mark, Node node) {
    CountNode(mark);
    if (ExpectsKey()) throw Stop{mark, "keys must be strings (is a bracket left open?)"};
    node.set_line(mark.line + 1);
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    Frame& parent = open_.back();
    if (parent.merged != nullptr) {
      *parent.merged = std::move(node);
      return parent.merged.get();
    }
    if (parent.node->is_list()) {
      parent.node->list().push_back(std::move(node));
      return &parent.node->list().back();
    }
    parent.has_key = false;
    Node::Map& members = parent.node->map();
    if (parent.place < members.size()) return &(members[parent.place].second = std::move(node));
    members.emplace_back(std::move(parent.key), std::move(node));
    return &members.back().second;
  }

  void Open(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor, Node container) {
    RefuseProperties(mark, anchor, tag);
    CheckDepth(mark, static_cast<int>(open_.size()));
    Node* node = Add(mark, std::move(container));
    open_.push_back({.node = node, .mark = mark, .anchor = anchor});
  }

  void Close() {
    const Frame closed = std::move(open_.back());
    open_.pop_back();
    Remember(closed.mark, closed.anchor, *closed.node);
    EndValue(closed.mark);
  }

  // -- Anchors, aliases and merge keys.

  void CountNode(const YAML::Mark& mark) {
    if (++nodes_ > rules_.max_nodes) throw Stop{mark, Cat("more than ", rules_.max_nodes, " values"), true};
  }
  void CheckDepth(const YAML::Mark& mark, int depth) const {
    if (depth >= rules_.max_depth) throw Stop{mark, Cat("nested deeper than ", rules_.max_depth), true};
  }
  void CountText(const YAML::Mark& mark, const std::string& text) {
    copied_ += text.size();
    if (copied_ > rules_.max_bytes) {
      throw Stop{mark, Cat("with aliases that copy more than ", rules_.max_bytes, " bytes"), true};
    }
  }

  // Before a copy of `node` is made that stands at `depth`: it must be within the limits.
  void CountCopy(const YAML::Mark& mark, const Node& node, int depth) {
    CountNode(mark);
    if (node.is_string()) CountText(mark, node.string_value());
    if (!node.is_list() && !node.is_map()) return;
    CheckDepth(mark, depth);
    if (node.is_list()) {
      for (const Node& item : node.list()) CountCopy(mark, item, depth + 1);
      return;
    }
    for (const auto& [key, value] : node.map()) {
      CountText(mark, key);
      CountCopy(mark, value, depth + 1);
    }
  }

  void Remember(const YAML::Mark& mark, YAML::anchor_t anchor, const Node& node) {
    if (anchor == YAML::NullAnchor) return;
    CountCopy(mark, node, 0);
    anchors_[anchor] = node;
  }

  // After each value: merges it if it is that of "<<".
  void EndValue(const YAML::Mark& mark) {
    if (open_.empty() || open_.back().merged == nullptr) return;
    Frame& frame = open_.back();
    const std::unique_ptr<Node> merged = std::move(frame.merged);
    frame.has_key = false;
    if (merged->is_map()) return Merge(mark, *merged, frame);
    if (!merged->is_list()) throw Stop{mark, "only maps can be merged"};
    for (auto item = merged->list().rbegin(); item != merged->list().rend(); ++item) {
      if (!item->is_map()) throw Stop{mark, "only maps can be merged"};
      Merge(mark, *item, frame);
    }
  }

  void Merge(const YAML::Mark& mark, const Node& from, Frame& into) {
    CountCopy(mark, from, static_cast<int>(open_.size()));
    Node::Map& members = into.node->map();
    for (const auto& [key, value] : from.map()) {
      const auto [found, is_new] = into.places.try_emplace(key, Place{members.size(), false});
      if (is_new) {
        members.emplace_back(key, value);
      } else {
        members[found->second.index].second = value;
      }
    }
  }

  std::string_view text_;
  const Rules& rules_;
  Node root_;
  std::vector<Frame> open_;
  size_t documents_ = 0;
  size_t nodes_ = 0;
  size_t copied_ = 0;  // bytes of text
  std::unordered_map<YAML::anchor_t, Node> anchors_;
};

absl::Status Error(std::string_view where, const YAML::Mark& mark, std::string_view why, bool limit) {
  const std::string at = Cat(where, ":", mark.line + 1, ":", mark.column + 1);
  if (limit) return WithReason(absl::ResourceExhaustedError(Cat(at, ": YAML ", why)), Reason::kLimitExceeded);
  return Malformed(Reason::kYamlMalformed, at, Cat("not valid YAML: ", why));
}

absl::Status ErrorOf(std::string_view where, const Stop& stop) {
  if (stop.refusal.ok()) return Error(where, stop.mark, stop.why, stop.limit);
  return Annotate(stop.refusal, Cat(where, ":", stop.mark.line + 1, ":", stop.mark.column + 1));
}

absl::StatusOr<std::vector<Node>> ParseStream(std::string_view text, std::string_view where,
                                              const Rules& rules) {
  if (text.size() > rules.max_bytes) {
    return WithReason(
        absl::ResourceExhaustedError(
            Cat(where, ": ", text.size(), " bytes of YAML, more than the limit of ", rules.max_bytes)),
        Reason::kLimitExceeded);
  }
  RETURN_IF_ERROR(internal::CheckYamlCharacters(text, where));
  std::istringstream stream{std::string(text)};
  std::vector<Node> documents;
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder(text, rules);
    while (parser.HandleNextDocument(builder)) {
      Node root = builder.TakeRoot();
      if (!root.is_null()) documents.push_back(std::move(root));
    }
  } catch (const Stop& stop) {
    return ErrorOf(where, stop);
  } catch (const YAML::Exception& error) {
    return Error(where, error.mark, Printable(error.msg, 200), false);
  }
  return documents;
}

absl::StatusOr<Node> ParseOne(std::string_view text, std::string_view where, const Rules& rules) {
  ASSIGN_OR_RETURN(std::vector<Node> documents, ParseStream(text, where, rules));
  if (documents.empty()) return Node();
  if (documents.size() > 1) {
    return Malformed(Reason::kYamlMalformed, Cat(where, ":", documents[1].line()),
                     "a second document; put each into a file of its own");
  }
  return std::move(documents.front());
}

}  // namespace

absl::StatusOr<std::vector<Node>> ParseYamlStream(std::string_view text, std::string_view where) {
  return ParseStream(text, where, {.read_plain = internal::ReadCoreSchema});
}

absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where) {
  return ParseYaml(text, where, internal::ReadCoreSchema);
}

absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where,
                               const PlainScalarReader& read_plain) {
  return ParseOne(text, where, {.read_plain = read_plain});
}

absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where,
                               const ExpandingYaml& expanding) {
  return ParseOne(text, where,
                  {.read_plain = expanding.read_plain,
                   .expands = true,
                   .max_bytes = expanding.max_bytes,
                   .max_depth = expanding.max_depth,
                   .max_nodes = expanding.max_nodes});
}

}  // namespace chartseal
