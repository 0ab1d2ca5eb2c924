#include "verifier/chart/yaml_object.h"

#include <algorithm>

#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_fields.h"
#include "verifier/chart/plain_scalar.h"

namespace chartseal::chart {

// In `root`, a scalar is a string, unless it stood without quotes and some reader takes it for something
// else: then it is an integer, the place of its text in `plain_texts`. (No field of these files is a number.)
struct YamlObject::Document {
  std::string where;
  Node root;
  std::vector<std::string> plain_texts;
};

namespace {

std::string Advice(std::string_view text) {
  return Cat(Printable(text, 80),
             " without quotes is not this text to every reader of YAML; put it into quotes: \"",
             Printable(text, 80), "\"");
}

absl::StatusOr<Node> ReadPlain(std::string_view text, bool is_key, std::vector<std::string>& plain_texts) {
  const bool merges = is_key && text == "<<";  // in YAML 1.1
  if (ClassifyPlain(text) == PlainKind::kString && !merges) return Node::String(std::string(text));
  if (is_key) {
    return WithReason(absl::InvalidArgumentError(Cat("the key ", Advice(text))),
                      Reason::kChartScalarAmbiguous);
  }
  plain_texts.emplace_back(text);
  return Node::Integer(static_cast<int64_t>(plain_texts.size() - 1));
}

// NEL, LS and PS end a line in YAML 1.1 (a comment, too) and are characters like others in YAML 1.2.
absl::Status CheckLineBreaks(std::string_view yaml, std::string_view where) {
  for (const std::string_view mark : {"\u0085", "\u2028", "\u2029"}) {
    const size_t at = yaml.find(mark);
    if (at == yaml.npos) continue;
    const auto line = 1 + std::count(yaml.begin(), yaml.begin() + at, '\n');
    return Malformed(
        Reason::kChartScalarAmbiguous, Cat(where, ":", line),
        Cat("the character ", Printable(mark), " ends a line for some readers of YAML and not for others; ",
            "write it as an escape in double quotes, or remove it"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<YamlObject> YamlObject::Parse(std::string_view yaml, std::string_view where) {
  RETURN_IF_ERROR(CheckLineBreaks(yaml, where));
  auto document = std::make_shared<Document>();
  document->where = where;
  ASSIGN_OR_RETURN(document->root, ParseYaml(yaml, where, [&](std::string_view text, bool is_key) {
                     return ReadPlain(text, is_key, document->plain_texts);
                   }));
  const Node* root = &document->root;
  YamlObject object(std::move(document), root, "");
  if (root->is_null()) return object.Error(*root, "", "is empty");
  if (!root->is_map()) return object.Error(*root, "", "expected \"key: value\" lines");
  return object;
}

absl::Status YamlObject::CheckNames(std::span<const std::string_view> names) const {
  for (const auto& [key, value] : node_->map()) {
    const std::string_view name = FieldOfOtherSpelling(key, names);
    if (name.empty()) continue;
    return Error(value, PathOf(Printable(key, 64)),
                 Cat("helm reads this key as \"", name, "\"; write it so"));
  }
  return absl::OkStatus();
}

bool YamlObject::Has(std::string_view name) const { return node_->Find(name) != nullptr; }

std::vector<std::string> YamlObject::Names() const {
  std::vector<std::string> names;
  for (const auto& [key, value] : node_->map()) names.push_back(key);
  return names;
}

absl::StatusOr<std::string> YamlObject::Text(const Node& node, std::string_view path) const {
  if (node.is_string()) return node.string_value();
  if (node.is_null()) return "";
  if (node.kind() != Node::Kind::kInteger) {
    return Error(node, path, Cat("expected a string, found ", KindName(node.kind())));
  }
  const std::string& text = document_->plain_texts[node.integer_value()];
  if (ClassifyPlain(text) != PlainKind::kSameText) return Ambiguous(node, path, text);
  return text;
}

absl::StatusOr<std::string> YamlObject::String(std::string_view name) const {
  const Node* node = node_->Find(name);
  return node == nullptr ? "" : Text(*node, PathOf(name));
}

absl::StatusOr<std::string> YamlObject::Time(std::string_view name) const {
  const Node* node = node_->Find(name);
  if (node != nullptr && node->kind() == Node::Kind::kInteger) {
    const std::string& text = document_->plain_texts[node->integer_value()];
    if (ClassifyPlain(text) == PlainKind::kTimestamp) return text;
  }
  return String(name);
}

absl::StatusOr<bool> YamlObject::Bool(std::string_view name) const {
  const Node* node = node_->Find(name);
  if (node == nullptr || node->is_null()) return false;
  if (node->kind() != Node::Kind::kInteger) {
    return Error(*node, PathOf(name), Cat("expected true or false, found ", KindName(node->kind())));
  }
  const std::string& text = document_->plain_texts[node->integer_value()];
  if (IsPlainTrue(text)) return true;
  if (IsPlainFalse(text) || ClassifyPlain(text) == PlainKind::kNull) return false;
  return WithReason(Error(*node, PathOf(name), Cat("expected true or false, found ", Printable(text, 40))),
                    Reason::kChartScalarAmbiguous);
}

absl::StatusOr<const Node::List*> YamlObject::ListAt(std::string_view name, size_t max_count) const {
  static const Node::List kNone;
  const Node* node = node_->Find(name);
  if (node == nullptr || node->is_null()) return &kNone;
  if (node->kind() == Node::Kind::kInteger &&
      ClassifyPlain(document_->plain_texts[node->integer_value()]) == PlainKind::kNull) {
    return &kNone;
  }
  if (!node->is_list()) {
    const auto kind = node->kind() == Node::Kind::kInteger ? "a value" : KindName(node->kind());
    return Error(*node, PathOf(name), Cat("expected a list, found ", kind));
  }
  if (node->list().size() > max_count) {
    return WithReason(absl::ResourceExhaustedError(Message(Error(
                          *node, PathOf(name), Cat(node->list().size(), " entries, at most ", max_count)))),
                      Reason::kLimitExceeded);
  }
  return &node->list();
}

absl::StatusOr<std::vector<std::string>> YamlObject::Strings(std::string_view name, size_t max_count) const {
  ASSIGN_OR_RETURN(const Node::List* list, ListAt(name, max_count));
  std::vector<std::string> out;
  for (const Node& item : *list) {
    ASSIGN_OR_RETURN(std::string text, Text(item, Cat(PathOf(name), "[", out.size(), "]")));
    out.push_back(std::move(text));
  }
  return out;
}

absl::StatusOr<std::map<std::string, std::string>> YamlObject::Texts(const Node& node,
                                                                     std::string_view path) const {
  std::map<std::string, std::string> out;
  if (node.is_null()) return out;
  if (!node.is_map()) return Error(node, path, "expected \"key: value\" lines");
  for (const auto& [key, value] : node.map()) {
    ASSIGN_OR_RETURN(out[key], Text(value, Cat(path, ".", Printable(key, 64))));
  }
  return out;
}

absl::StatusOr<std::map<std::string, std::string>> YamlObject::StringMap(std::string_view name) const {
  const Node* node = node_->Find(name);
  if (node == nullptr) return std::map<std::string, std::string>();
  return Texts(*node, PathOf(name));
}

absl::StatusOr<std::vector<YamlObject>> YamlObject::Objects(std::string_view name, size_t max_count) const {
  ASSIGN_OR_RETURN(const Node::List* list, ListAt(name, max_count));
  std::vector<YamlObject> out;
  for (const Node& item : *list) {
    std::string path = Cat(PathOf(name), "[", out.size(), "]");
    if (!item.is_map()) return Error(item, path, "expected \"key: value\" lines");
    out.push_back(YamlObject(document_, &item, std::move(path)));
  }
  return out;
}

absl::StatusOr<std::vector<Node>> YamlObject::StringsAndMaps(std::string_view name, size_t max_count) const {
  ASSIGN_OR_RETURN(const Node::List* list, ListAt(name, max_count));
  std::vector<Node> out;
  for (const Node& item : *list) {
    const std::string path = Cat(PathOf(name), "[", out.size(), "]");
    if (!item.is_map()) {
      ASSIGN_OR_RETURN(std::string text, Text(item, path));
      out.push_back(Node::String(std::move(text)));
      continue;
    }
    Node entry = Node::MakeMap();
    ASSIGN_OR_RETURN(const auto texts, Texts(item, path));
    for (const auto& [key, value] : texts) entry.Set(key, value);
    out.push_back(std::move(entry));
  }
  return out;
}

std::string YamlObject::PathOf(std::string_view name) const {
  return path_.empty() ? std::string(name) : Cat(path_, ".", name);
}

absl::Status YamlObject::Error(const Node& at, std::string_view path, std::string_view what) const {
  const std::string line = at.line() > 0 ? Cat(document_->where, ":", at.line()) : document_->where;
  return Malformed(Reason::kChartMalformed, path.empty() ? line : Cat(line, ": ", path), what);
}

absl::Status YamlObject::Ambiguous(const Node& at, std::string_view path, std::string_view text) const {
  if (ClassifyPlain(text) == PlainKind::kNull) {
    return WithReason(Error(at, path, Cat(text, " is no text; put it into quotes, or leave the field out")),
                      Reason::kChartScalarAmbiguous);
  }
  return WithReason(Error(at, path, Advice(text)), Reason::kChartScalarAmbiguous);
}

absl::Status YamlObject::ErrorAt(std::string_view name, std::string_view what) const {
  const Node* node = node_->Find(name);
  return Error(node != nullptr ? *node : *node_, PathOf(name), what);
}

}  // namespace chartseal::chart
