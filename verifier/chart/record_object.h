#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/json_document.h"
#include "verifier/base/node.h"

namespace chartseal::chart {

// One JSON object of a release record, read as Go fills helm's structs from it: a member that is absent or
// null is empty, one of another type than the field's is an error. Errors name record and path ("WHERE:
// chart.templates[0].name: …") and are InvalidArgument with kReleaseMalformed, or ResourceExhausted with
// kLimitExceeded. Borrows the document. The accessors are those of YamlObject, so that both can be read by
// the same code (metadata_reader_internal.h).
class RecordObject {
 public:
  // `path` is of the object in its record, "" for the whole.
  static absl::StatusOr<RecordObject> Of(JsonValue value, std::string_view where, std::string path);

  // Refuses keys that Go would read as one of `names` although they are spelled otherwise. Other unknown keys
  // are of other versions of helm.
  absl::Status CheckNames(std::span<const std::string_view> names) const;

  JsonValue value() const { return value_; }
  bool Has(std::string_view name) const { return !value_.Find(name).is_null(); }

  absl::StatusOr<std::string> String(std::string_view name) const;
  absl::StatusOr<std::string> Time(std::string_view name) const { return String(name); }
  // Of base64 in one piece, as Go writes []byte.
  absl::StatusOr<std::string> Bytes(std::string_view name) const;
  absl::StatusOr<bool> Bool(std::string_view name) const;
  // Between -2^53 and 2^53, so that every reader takes it for the same.
  absl::StatusOr<int64_t> Integer(std::string_view name) const;
  absl::StatusOr<std::vector<std::string>> Strings(std::string_view name, size_t max_count) const;
  absl::StatusOr<std::map<std::string, std::string>> StringMap(std::string_view name) const;
  absl::StatusOr<std::optional<RecordObject>> Object(std::string_view name) const;
  absl::StatusOr<std::vector<RecordObject>> Objects(std::string_view name, size_t max_count) const;
  // A list of strings and of objects with strings, those sorted by key.
  absl::StatusOr<std::vector<Node>> StringsAndMaps(std::string_view name, size_t max_count) const;

  absl::Status ErrorAt(std::string_view name, std::string_view what) const;

 private:
  RecordObject(JsonValue value, std::string_view where, std::string path)
      : value_(value), where_(where), path_(std::move(path)) {}

  std::string PathOf(std::string_view name) const;
  absl::Status Error(std::string_view path, std::string_view what) const;
  absl::Status WrongKind(std::string_view path, JsonValue found, std::string_view expected) const;
  absl::StatusOr<std::string> Text(JsonValue value, std::string_view path) const;
  absl::StatusOr<std::map<std::string, std::string>> Texts(JsonValue value, std::string_view path) const;
  absl::StatusOr<JsonValue> ListAt(std::string_view name, size_t max_count) const;

  JsonValue value_;
  std::string_view where_;
  std::string path_;
};

}  // namespace chartseal::chart
