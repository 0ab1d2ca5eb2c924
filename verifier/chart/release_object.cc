#include "verifier/chart/release_object.h"

#include "absl/strings/numbers.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::chart {
namespace {

absl::Status Error(std::string_view where, std::string_view member, std::string_view what) {
  return Malformed(Reason::kReleaseMalformed, Cat(where, ": ", member), what);
}

bool IsSecret(const Node& object) {
  return object.StringOr("apiVersion") == "v1" && object.StringOr("kind") == "Secret";
}

bool IsConfigMap(const Node& object) {
  return object.StringOr("apiVersion") == "v1" && object.StringOr("kind") == "ConfigMap";
}

// The value under `release` in `member`, or nullptr.
absl::StatusOr<const std::string*> Value(const Node& object, std::string_view member,
                                         std::string_view where) {
  const Node* map = object.Find(member);
  if (map == nullptr || map->is_null()) return nullptr;
  if (!map->is_map()) return Error(where, member, Cat("expected an object, found ", KindName(map->kind())));
  const Node* value = map->Find("release");
  if (value == nullptr || value->is_null()) return nullptr;
  if (!value->is_string()) {
    return Error(where, Cat(member, ".release"), Cat("expected a string, found ", KindName(value->kind())));
  }
  return &value->string_value();
}

absl::Status CheckSize(const std::string& value, size_t limit, std::string_view where) {
  if (value.size() <= limit) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(Cat(where, ": data.release: ", value.size(),
                                                     " bytes, more than the limit of ", limit)),
                    Reason::kLimitExceeded);
}

absl::StatusOr<std::string> OfSecret(const Node& object, std::string_view where) {
  ASSIGN_OR_RETURN(const std::string* data, Value(object, "data", where));
  ASSIGN_OR_RETURN(const std::string* text, Value(object, "stringData", where));
  if (data != nullptr && text != nullptr) {
    return Error(where, "stringData.release", "data has one too, which this would replace");
  }
  if (text != nullptr) {
    RETURN_IF_ERROR(CheckSize(*text, limits::kMaxReleaseBytes, where));
    return *text;
  }
  if (data == nullptr) return Error(where, "data.release", "missing");
  RETURN_IF_ERROR(CheckSize(*data, 2 * limits::kMaxReleaseBytes, where));  // base64 makes it a third longer
  absl::StatusOr<std::string> encoded = Base64Decode(*data);
  if (!encoded.ok()) return Error(where, "data.release", Message(encoded.status()));
  return encoded;
}

}  // namespace

bool IsReleaseObject(const Node& object) {
  if (!IsSecret(object) && !IsConfigMap(object)) return false;
  if (IsSecret(object) && object.StringOr("type") == kReleaseSecretType) return true;
  const Node* metadata = object.Find("metadata");
  if (metadata == nullptr) return false;
  if (metadata->StringOr("name").starts_with(kReleaseNamePrefix)) return true;
  const Node* owner = metadata->FindPath({"labels", "owner"});
  return owner != nullptr && owner->is_string() && owner->string_value() == "helm";
}

absl::StatusOr<std::string> EncodedReleaseOf(const Node& object, std::string_view where) {
  if (IsSecret(object)) return OfSecret(object, where);
  if (!IsConfigMap(object)) {
    const std::string found =
        Cat(Printable(object.StringOr("apiVersion"), 64), " ", Printable(object.StringOr("kind"), 64));
    return Malformed(Reason::kReleaseMalformed, where,
                     Cat("expected a Secret or ConfigMap (v1), found ", found == " " ? "neither" : found));
  }
  ASSIGN_OR_RETURN(const std::string* data, Value(object, "data", where));
  if (data == nullptr) return Error(where, "data.release", "missing");
  RETURN_IF_ERROR(CheckSize(*data, limits::kMaxReleaseBytes, where));
  return *data;
}

std::string ReleaseObjectName(std::string_view release, int64_t revision) {
  return Cat(kReleaseNamePrefix, release, ".v", revision);
}

std::optional<std::pair<std::string, int64_t>> ReleaseOfName(std::string_view object_name) {
  if (!object_name.starts_with(kReleaseNamePrefix)) return std::nullopt;
  object_name.remove_prefix(kReleaseNamePrefix.size());
  const size_t dot = object_name.rfind(".v");
  int64_t revision = 0;
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const std::string_view digits = object_name.substr(dot + 2);
  if (!absl::SimpleAtoi(ToAbsl(digits), &revision) || revision < 1) return std::nullopt;
  if (std::to_string(revision) != digits) return std::nullopt;  // helm writes no other form
  return std::pair(std::string(object_name.substr(0, dot)), revision);
}

}  // namespace chartseal::chart
