#include "verifier/base/strict_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>
#include <unordered_set>

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
  absl::Status refusal = {};  // of the caller's PlainScalarReader, in place of `why`
};

bool IsNull(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// 0x… and 0o…, which the core schema takes for integers without a sign; nothing for other text.
std::optional<Node> ResolvePrefixed(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (!hex && !text.starts_with("0o")) return std::nullopt;
  const std::string_view digits = text.substr(2);
  const auto allowed = hex ? "0123456789abcdefABCDEF" : "01234567";
  if (digits.empty() || digits.find_first_not_of(allowed) != std::string_view::npos) return std::nullopt;
  int64_t integer = 0;
  const char* const end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, integer, hex ? 16 : 8).ec == std::errc())
    return Node::Integer(integer);
  return Node::Number(HUGE_VAL);  // beyond int64; no reader takes a number where its value would matter
}

std::optional<Node> ResolveSpecialNumber(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return Node::Number(NAN);
  const double sign = text.starts_with('-') ? -1 : 1;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return Node::Number(sign * HUGE_VAL);
  return std::nullopt;
}

// YAML 1.2 core schema for plain scalars (YAML 1.2.2 §10.3.2), which keys are left out of.
absl::StatusOr<Node> ResolvePlain(std::string_view view, bool is_key) {
  const std::string text(view);
  if (is_key) return Node::String(text);
  if (IsNull(text)) return Node();
  if (text == "true" || text == "True" || text == "TRUE") return Node::Bool(true);
  if (text == "false" || text == "False" || text == "FALSE") return Node::Bool(false);
  if (auto node = ResolvePrefixed(text)) return *node;
  if (auto node = ResolveSpecialNumber(text)) return *node;
  const bool number_like = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                           text.find_first_of("0123456789") != std::string::npos;
  int64_t integer = 0;
  if (number_like && absl::SimpleAtoi(text, &integer)) return Node::Integer(integer);
  double number = 0;
  if (number_like && absl::SimpleAtod(text, &number)) return Node::Number(number);
  return Node::String(text);
}

// yaml-cpp makes one byte of "\\_" (U+00A0) and "\\N" (U+0085) in double quotes. What it reads is UTF-8, so
// that a byte that is not can be nothing else.
std::string RepairEscapes(std::string value) {
  for (size_t at = ValidUtf8Prefix(value); at < value.size();) {
    value.insert(at, 1, '\xC2');
    at += 2 + ValidUtf8Prefix(std::string_view(value).substr(at + 2));
  }
  return value;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const PlainScalarReader& read_plain)
      : text_(text), read_plain_(read_plain) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp begins another document wherever the last one is complete, as in "[a] b".
    if (documents_++ > 0 && !At(mark).starts_with("---")) {
      throw Stop{mark, "text after the end of the document; another one starts with a line \"---\""};
    }
    root_ = Node();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseProperties(mark, anchor);
    if (!open_.empty() && open_.back().flow_list &&
        (At(mark).starts_with(',') || At(mark).starts_with(']'))) {
      throw Stop{mark, "empty entry in a list"};
    }
    const std::string_view written = WrittenNull(mark);
    Add(mark, written.empty() ? Node() : ReadPlain(mark, written, false));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stop{mark, "aliases are not allowed"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseProperties(mark, anchor);
    // yaml-cpp itself tags plain scalars "?" and the others "!".
    Node node = tag == "!" ? Node::String(RepairEscapes(value)) : ReadPlain(mark, value, ExpectsKey());
    if (ExpectsKey()) {
      SetKey(mark, node.string_value());
      return;
    }
    Add(mark, std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(mark, anchor, Node::MakeList());
    open_.back().flow_list = style == YAML::EmitterStyle::Flow;
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, Node::MakeMap());
  }
  void OnMapEnd() override { open_.pop_back(); }

  Node TakeRoot() { return std::move(root_); }

 private:
  struct Frame {
    Node* node;
    bool flow_list = false;
    bool has_key = false;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  // The text from `mark` on; marks count bytes.
  std::string_view At(const YAML::Mark& mark) const {
    return text_.substr(std::min(static_cast<size_t>(mark.pos), text_.size()));
  }

  // The mark of a node is where its properties begin. What yaml-cpp reports as tag does not tell "!" that the
  // author wrote from its own; no node without a tag begins with '!'.
  void RefuseProperties(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (At(mark).starts_with('!')) throw Stop{mark, "tags are not allowed"};
    if (anchor != YAML::NullAnchor) throw Stop{mark, "anchors are not allowed"};
  }
  Node ReadPlain(const YAML::Mark& mark, std::string_view value, bool is_key) const {
    auto node = read_plain_(value, is_key);
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
  bool ExpectsKey() const { return !open_.empty() && open_.back().node->is_map() && !open_.back().has_key; }

  void SetKey(const YAML::Mark& mark, const std::string& key) {
    Frame& frame = open_.back();
    if (!frame.keys.insert(key).second) throw Stop{mark, Cat("duplicate key \"", Printable(key, 64), "\"")};
    frame.key = key;
    frame.has_key = true;
  }

  Node* Add(const YAML::Mark& mark, Node node) {
    if (++nodes_ > limits::kMaxYamlNodes)
      throw Stop{mark, Cat("more than ", limits::kMaxYamlNodes, " values"), true};
    if (ExpectsKey()) throw Stop{mark, "keys must be strings (is a bracket left open?)"};
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

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, Node container) {
    RefuseProperties(mark, anchor);
    if (static_cast<int>(open_.size()) >= limits::kMaxYamlDepth) {
      throw Stop{mark, Cat("nested deeper than ", limits::kMaxYamlDepth), true};
    }
    Node* node = Add(mark, std::move(container));
    open_.push_back({.node = node});
  }

  std::string_view text_;
  const PlainScalarReader& read_plain_;
  Node root_;
  std::vector<Frame> open_;
  size_t documents_ = 0;
  size_t nodes_ = 0;
};

absl::Status Error(std::string_view where, const YAML::Mark& mark, std::string_view why, bool limit) {
  const std::string at = Cat(where, ":", mark.line + 1, ":", mark.column + 1);
  if (limit) return WithReason(absl::ResourceExhaustedError(Cat(at, ": YAML ", why)), Reason::kLimitExceeded);
  return Malformed(Reason::kYamlMalformed, at, Cat("not valid YAML: ", why));
}

YAML::Mark MarkOf(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  YAML::Mark mark;
  mark.pos = static_cast<int>(offset);
  mark.line = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  mark.column = static_cast<int>(offset - line_start);
  return mark;
}

// Refuses before yaml-cpp sees it what it would read in a way of its own: UTF-16, which it guesses, bytes
// that are not UTF-8, which it copies, and control characters, one of which it uses for the end of the input.
absl::Status CheckCharacters(std::string_view text, std::string_view where) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    return Error(where, MarkOf(text, 0), "starts with a byte order mark; save it as UTF-8 without one",
                 false);
  }
  if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    return Error(where, MarkOf(text, valid), "not UTF-8", false);
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return Error(where, MarkOf(text, i), Cat("control character ", Printable(text.substr(i, 1))), false);
    }
  }
  return absl::OkStatus();
}

absl::Status ErrorOf(std::string_view where, const Stop& stop) {
  if (stop.refusal.ok()) return Error(where, stop.mark, stop.why, stop.limit);
  return Annotate(stop.refusal, Cat(where, ":", stop.mark.line + 1, ":", stop.mark.column + 1));
}

absl::StatusOr<std::vector<Node>> ParseStream(std::string_view text, std::string_view where,
                                              const PlainScalarReader& read_plain) {
  if (text.size() > limits::kMaxYamlBytes) {
    return WithReason(
        absl::ResourceExhaustedError(
            Cat(where, ": ", text.size(), " bytes of YAML, more than the limit of ", limits::kMaxYamlBytes)),
        Reason::kLimitExceeded);
  }
  RETURN_IF_ERROR(CheckCharacters(text, where));
  std::istringstream stream{std::string(text)};
  std::vector<Node> documents;
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder(text, read_plain);
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

}  // namespace

absl::StatusOr<std::vector<Node>> ParseYamlStream(std::string_view text, std::string_view where) {
  return ParseStream(text, where, ResolvePlain);
}

absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where) {
  return ParseYaml(text, where, ResolvePlain);
}

absl::StatusOr<Node> ParseYaml(std::string_view text, std::string_view where,
                               const PlainScalarReader& read_plain) {
  ASSIGN_OR_RETURN(std::vector<Node> documents, ParseStream(text, where, read_plain));
  if (documents.empty()) return Node();
  if (documents.size() > 1) {
    return Malformed(Reason::kYamlMalformed, Cat(where, ":", documents[1].line()),
                     "a second document; put each into a file of its own");
  }
  return std::move(documents.front());
}

}  // namespace chartseal
