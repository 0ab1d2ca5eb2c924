#include "verifier/base/object_reader.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

std::string SnakeCase(std::string_view camel) {
  std::string out;
  for (char c : camel) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) out.push_back('_');
    out.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// absl::ParseTime alone would also take "infinite-future", surrounding blanks and one-digit months.
bool LooksLikeRfc3339(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  const auto matches = [&text](std::string_view shape) {
    if (text.size() < shape.size()) return false;
    for (size_t i = 0; i < shape.size(); ++i) {
      const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
      if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return false;
    }
    text.remove_prefix(shape.size());
    return true;
  };
  if (!matches(kShape)) return false;
  if (matches(".d")) {
    while (matches("d")) {
    }
  }
  return text == "Z" || ((matches("+dd:dd") || matches("-dd:dd")) && text.empty());
}

}  // namespace

absl::StatusOr<ObjectReader> ObjectReader::Root(const Node& node, std::string_view where, Reason reason) {
  ObjectReader reader(&node, std::string(where), "", reason, false);
  if (!node.is_map()) return reader.Error(Cat("expected an object, found ", KindName(node.kind())));
  return reader;
}

const Node* ObjectReader::Lookup(std::string_view name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.emplace_back(name);
  const Node* found = node_->Find(name);
  if (found == nullptr && proto_json_) {
    const std::string snake = SnakeCase(name);
    if (snake != name) {
      found = node_->Find(snake);
      if (found != nullptr) known_.push_back(snake);
    }
  }
  return found != nullptr && found->is_null() ? nullptr : found;
}

bool ObjectReader::Has(std::string_view name) { return Lookup(name) != nullptr; }

const Node* ObjectReader::Raw(std::string_view name) { return Lookup(name); }

absl::StatusOr<std::string> ObjectReader::RequireString(std::string_view name, const Node* node) const {
  if (node == nullptr) return ErrorAt(name, "missing");
  if (!node->is_string()) return WrongKind(name, *node, "a string");
  return node->string_value();
}

absl::StatusOr<std::string> ObjectReader::String(std::string_view name) {
  return RequireString(name, Lookup(name));
}

absl::StatusOr<std::string> ObjectReader::StringOr(std::string_view name, std::string_view otherwise) {
  const Node* node = Lookup(name);
  if (node == nullptr) return std::string(otherwise);
  return RequireString(name, node);
}

absl::StatusOr<bool> ObjectReader::BoolOr(std::string_view name, bool otherwise) {
  const Node* node = Lookup(name);
  if (node == nullptr) return otherwise;
  if (node->kind() != Node::Kind::kBool) return WrongKind(name, *node, "true or false");
  return node->bool_value();
}

absl::StatusOr<int64_t> ObjectReader::Int64Or(std::string_view name, int64_t otherwise) {
  const Node* node = Lookup(name);
  if (node == nullptr) return otherwise;
  if (node->kind() == Node::Kind::kInteger) return node->integer_value();
  int64_t value = 0;
  if (node->is_string()) {
    const std::string& text = node->string_value();
    const bool digits = !text.empty() && text.find_first_not_of("-0123456789") == std::string::npos;
    if (digits && absl::SimpleAtoi(text, &value)) return value;
    return ErrorAt(name, Cat("expected a 64-bit integer, found \"", Printable(text, 40), "\""));
  }
  return WrongKind(name, *node, "an integer");
}

absl::StatusOr<std::string> ObjectReader::Bytes(std::string_view name) {
  ASSIGN_OR_RETURN(const std::string text, String(name));
  auto bytes = Base64Decode(text);
  if (!bytes.ok()) return ErrorAt(name, Message(bytes.status()));
  return bytes;
}

absl::StatusOr<std::string> ObjectReader::BytesOr(std::string_view name, std::string_view otherwise) {
  if (!Has(name)) return std::string(otherwise);
  return Bytes(name);
}

absl::StatusOr<std::optional<absl::Time>> ObjectReader::OptionalTime(std::string_view name) {
  if (!Has(name)) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string text, String(name));
  absl::Time time;
  std::string error;
  if (!LooksLikeRfc3339(text) || !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return ErrorAt(name, Cat("expected an RFC 3339 time, found \"", Printable(text, 64), "\""));
  }
  return time;
}

absl::StatusOr<ObjectReader> ObjectReader::Child(const Node& node, std::string path) const {
  if (!node.is_map())
    return ErrorAtNode(&node, path, Cat("expected an object, found ", KindName(node.kind())));
  return ObjectReader(&node, where_, std::move(path), reason_, proto_json_);
}

absl::StatusOr<ObjectReader> ObjectReader::Object(std::string_view name) {
  const Node* node = Lookup(name);
  if (node == nullptr) return ErrorAt(name, "missing");
  return Child(*node, PathOf(name));
}

absl::StatusOr<std::optional<ObjectReader>> ObjectReader::OptionalObject(std::string_view name) {
  if (!Has(name)) return std::nullopt;
  ASSIGN_OR_RETURN(ObjectReader child, Object(name));
  return child;
}

absl::StatusOr<std::vector<ObjectReader>> ObjectReader::Objects(std::string_view name, size_t max_count) {
  std::vector<ObjectReader> out;
  const Node* node = Lookup(name);
  if (node == nullptr) return out;
  if (!node->is_list()) return WrongKind(name, *node, "a list");
  if (node->list().size() > max_count) {
    return ErrorAt(name, Cat("at most ", max_count, " entries are allowed, found ", node->list().size()));
  }
  for (size_t i = 0; i < node->list().size(); ++i) {
    ASSIGN_OR_RETURN(ObjectReader child, Child(node->list()[i], Cat(PathOf(name), "[", i, "]")));
    out.push_back(std::move(child));
  }
  return out;
}

absl::StatusOr<std::vector<std::string>> ObjectReader::Strings(std::string_view name, size_t max_count) {
  std::vector<std::string> out;
  const Node* node = Lookup(name);
  if (node == nullptr) return out;
  if (!node->is_list()) return WrongKind(name, *node, "a list");
  if (node->list().size() > max_count) {
    return ErrorAt(name, Cat("at most ", max_count, " entries are allowed, found ", node->list().size()));
  }
  for (size_t i = 0; i < node->list().size(); ++i) {
    const Node& item = node->list()[i];
    if (!item.is_string()) {
      return ErrorAtNode(&item, Cat(PathOf(name), "[", i, "]"),
                         Cat("expected a string, found ", KindName(item.kind())));
    }
    out.push_back(item.string_value());
  }
  return out;
}

absl::Status ObjectReader::Done() const {
  for (const auto& [name, value] : node_->map()) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      return ErrorAtNode(&value, PathOf(Printable(name, 64)), "unknown field");
    }
  }
  return absl::OkStatus();
}

std::string ObjectReader::PathOf(std::string_view name) const {
  return path_.empty() ? std::string(name) : Cat(path_, ".", name);
}

absl::Status ObjectReader::ErrorAtNode(const Node* node, std::string_view path, std::string_view what) const {
  std::string location = where_;
  if (node != nullptr && node->line() > 0) location += Cat(":", node->line());
  return Malformed(reason_, path.empty() ? location : Cat(location, ": ", path), what);
}

absl::Status ObjectReader::WrongKind(std::string_view name, const Node& found,
                                     std::string_view expected) const {
  return ErrorAtNode(&found, PathOf(name), Cat("expected ", expected, ", found ", KindName(found.kind())));
}

absl::Status ObjectReader::Error(std::string_view what) const { return ErrorAtNode(node_, path_, what); }

absl::Status ObjectReader::ErrorAt(std::string_view name, std::string_view what) const {
  const Node* member = node_->Find(name);
  return ErrorAtNode(member != nullptr ? member : node_, PathOf(name), what);
}

std::string ObjectReader::Location() const { return path_.empty() ? where_ : Cat(where_, ": ", path_); }

}  // namespace chartseal
