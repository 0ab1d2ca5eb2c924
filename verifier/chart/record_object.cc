#include "verifier/chart/record_object.h"

#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_fields.h"

namespace chartseal::chart {
namespace {

constexpr int64_t kLargestExact = int64_t{1} << 53;

}  // namespace

absl::StatusOr<RecordObject> RecordObject::Of(JsonValue value, std::string_view where, std::string path) {
  RecordObject object(value, where, std::move(path));
  if (!value.is_map()) return object.WrongKind(object.path_, value, "an object");
  return object;
}

absl::Status RecordObject::CheckNames(std::span<const std::string_view> names) const {
  absl::Status status;
  value_.ForEachMember([&](std::string_view key, JsonValue) {
    const std::string_view name = FieldOfOtherSpelling(key, names);
    if (!name.empty()) status = ErrorAt(Printable(key, 64), Cat("helm reads this key as \"", name, "\""));
    return status.ok();
  });
  return status;
}

absl::StatusOr<std::string> RecordObject::Text(JsonValue value, std::string_view path) const {
  if (!value.is_string()) return WrongKind(path, value, "a string");
  return std::string(value.string_value());
}

absl::StatusOr<std::string> RecordObject::String(std::string_view name) const {
  const JsonValue value = value_.Find(name);
  if (value.is_null()) return "";
  return Text(value, PathOf(name));
}

absl::StatusOr<std::string> RecordObject::Bytes(std::string_view name) const {
  const JsonValue value = value_.Find(name);
  if (value.is_null()) return "";
  if (!value.is_string()) return WrongKind(PathOf(name), value, "a string");
  const std::string_view text = value.string_value();
  if (text.find_first_of("\r\n") != text.npos) return ErrorAt(name, "a line break in base64");
  absl::StatusOr<std::string> bytes = Base64Decode(text);
  if (!bytes.ok()) return ErrorAt(name, Message(bytes.status()));
  return bytes;
}

absl::StatusOr<bool> RecordObject::Bool(std::string_view name) const {
  const JsonValue value = value_.Find(name);
  if (value.is_null()) return false;
  if (value.kind() != Node::Kind::kBool) return WrongKind(PathOf(name), value, "a boolean");
  return value.bool_value();
}

absl::StatusOr<int64_t> RecordObject::Integer(std::string_view name) const {
  const JsonValue value = value_.Find(name);
  if (value.is_null()) return 0;
  if (value.kind() != Node::Kind::kInteger) return WrongKind(PathOf(name), value, "an integer");
  const int64_t integer = value.integer_value();
  if (integer < -kLargestExact || integer > kLargestExact) return ErrorAt(name, "out of range");
  return integer;
}

absl::StatusOr<JsonValue> RecordObject::ListAt(std::string_view name, size_t max_count) const {
  const JsonValue value = value_.Find(name);
  if (value.is_null()) return value;
  if (!value.is_list()) return WrongKind(PathOf(name), value, "a list");
  if (value.size() > max_count) {
    const std::string found = Cat(value.size(), " entries, more than the limit of ", max_count);
    return WithReason(absl::ResourceExhaustedError(Message(ErrorAt(name, found))), Reason::kLimitExceeded);
  }
  return value;
}

absl::StatusOr<std::vector<std::string>> RecordObject::Strings(std::string_view name,
                                                               size_t max_count) const {
  ASSIGN_OR_RETURN(const JsonValue list, ListAt(name, max_count));
  std::vector<std::string> out;
  absl::Status status;
  list.ForEachElement([&](size_t index, JsonValue item) {
    auto text = Text(item, Cat(PathOf(name), "[", index, "]"));
    status = text.status();
    if (text.ok()) out.push_back(*std::move(text));
    return status.ok();
  });
  RETURN_IF_ERROR(status);
  return out;
}

absl::StatusOr<std::map<std::string, std::string>> RecordObject::Texts(JsonValue value,
                                                                       std::string_view path) const {
  std::map<std::string, std::string> out;
  if (value.is_null()) return out;
  if (!value.is_map()) return WrongKind(path, value, "an object");
  absl::Status status;
  value.ForEachMember([&](std::string_view key, JsonValue member) {
    auto text = Text(member, Cat(path, ".", Printable(key, 64)));
    status = text.status();
    if (text.ok()) out[std::string(key)] = *std::move(text);
    return status.ok();
  });
  RETURN_IF_ERROR(status);
  return out;
}

absl::StatusOr<std::map<std::string, std::string>> RecordObject::StringMap(std::string_view name) const {
  return Texts(value_.Find(name), PathOf(name));
}

absl::StatusOr<std::optional<RecordObject>> RecordObject::Object(std::string_view name) const {
  const JsonValue value = value_.Find(name);
  if (value.is_null()) return std::nullopt;
  ASSIGN_OR_RETURN(RecordObject object, Of(value, where_, PathOf(name)));
  return object;
}

absl::StatusOr<std::vector<RecordObject>> RecordObject::Objects(std::string_view name,
                                                                size_t max_count) const {
  ASSIGN_OR_RETURN(const JsonValue list, ListAt(name, max_count));
  std::vector<RecordObject> out;
  absl::Status status;
  list.ForEachElement([&](size_t index, JsonValue item) {
    auto object = Of(item, where_, Cat(PathOf(name), "[", index, "]"));
    status = object.status();
    if (object.ok()) out.push_back(*std::move(object));
    return status.ok();
  });
  RETURN_IF_ERROR(status);
  return out;
}

absl::StatusOr<std::vector<Node>> RecordObject::StringsAndMaps(std::string_view name,
                                                               size_t max_count) const {
  ASSIGN_OR_RETURN(const JsonValue list, ListAt(name, max_count));
  std::vector<Node> out;
  absl::Status status;
  list.ForEachElement([&](size_t index, JsonValue item) {
    const std::string path = Cat(PathOf(name), "[", index, "]");
    if (item.is_string()) {
      out.push_back(item.ToNode());
      return true;
    }
    if (!item.is_map()) {
      status = WrongKind(path, item, "a string or an object");
      return false;
    }
    const auto texts = Texts(item, path);
    status = texts.status();
    if (!status.ok()) return false;
    Node& entry = out.emplace_back(Node::MakeMap());
    for (const auto& [key, text] : *texts) entry.Set(key, text);
    return true;
  });
  RETURN_IF_ERROR(status);
  return out;
}

std::string RecordObject::PathOf(std::string_view name) const {
  return path_.empty() ? std::string(name) : Cat(path_, ".", name);
}

absl::Status RecordObject::Error(std::string_view path, std::string_view what) const {
  return Malformed(Reason::kReleaseMalformed, path.empty() ? std::string(where_) : Cat(where_, ": ", path),
                   what);
}

absl::Status RecordObject::WrongKind(std::string_view path, JsonValue found,
                                     std::string_view expected) const {
  return Error(path, Cat("expected ", expected, ", found ", KindName(found.kind())));
}

absl::Status RecordObject::ErrorAt(std::string_view name, std::string_view what) const {
  return Error(PathOf(name), what);
}

}  // namespace chartseal::chart
