#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/node.h"
#include "verifier/base/reason.h"

namespace chartseal {

// Reads one object of a document strictly: each accessor checks presence and type and remembers the field;
// Done() refuses whatever was not asked for. Errors name the whole path ("bundle.json:
// verificationMaterial.tlogEntries[0]. logId: expected an object, found a string") and, for YAML, the line.
// All errors are InvalidArgument and carry the reason given to Root().
//
// protojson (spec/sigstore.md §0): a `null` member counts as absent; with ProtoJson() the snake_case spelling
// of a lowerCamelCase name is accepted too; int64 are strings or numbers.
//
// Borrows the node; must not outlive it. Accessors return the first error each; not thread-safe.
class ObjectReader {
 public:
  // `where` names the file or URL.
  static absl::StatusOr<ObjectReader> Root(const Node& node, std::string_view where, Reason reason);

  ObjectReader& ProtoJson() {
    proto_json_ = true;
    return *this;
  }

  // Whether the member is there and not null. Marks it as known.
  bool Has(std::string_view name);

  absl::StatusOr<std::string> String(std::string_view name);
  absl::StatusOr<std::string> StringOr(std::string_view name, std::string_view otherwise);
  absl::StatusOr<bool> BoolOr(std::string_view name, bool otherwise);
  // A number or a decimal string; a missing member is `otherwise` (protojson omits zeros).
  absl::StatusOr<int64_t> Int64Or(std::string_view name, int64_t otherwise);
  // Base64 text, decoded.
  absl::StatusOr<std::string> Bytes(std::string_view name);
  absl::StatusOr<std::string> BytesOr(std::string_view name, std::string_view otherwise);
  // RFC 3339 with an upper-case T and Z, as protojson writes and Go reads it.
  absl::StatusOr<std::optional<absl::Time>> OptionalTime(std::string_view name);
  absl::StatusOr<ObjectReader> Object(std::string_view name);
  absl::StatusOr<std::optional<ObjectReader>> OptionalObject(std::string_view name);
  // The elements, each as a reader; a missing list is empty. More than `max_count` is an error.
  absl::StatusOr<std::vector<ObjectReader>> Objects(std::string_view name, size_t max_count);
  absl::StatusOr<std::vector<std::string>> Strings(std::string_view name, size_t max_count);
  // The raw member, or nullptr; borrowed.
  const Node* Raw(std::string_view name);

  // Refuses members that no accessor asked for. Call when everything has been read.
  absl::Status Done() const;

  // An error at this object or at one of its members.
  absl::Status Error(std::string_view what) const;
  absl::Status ErrorAt(std::string_view name, std::string_view what) const;

  const Node& node() const { return *node_; }
  // "bundle.json: verificationMaterial", for messages.
  std::string Location() const;

 private:
  ObjectReader(const Node* node, std::string where, std::string path, Reason reason, bool proto_json)
      : node_(node),
        where_(std::move(where)),
        path_(std::move(path)),
        reason_(reason),
        proto_json_(proto_json) {}

  const Node* Lookup(std::string_view name);
  std::string PathOf(std::string_view name) const;
  absl::Status ErrorAtNode(const Node* node, std::string_view path, std::string_view what) const;
  absl::Status WrongKind(std::string_view name, const Node& found, std::string_view expected) const;
  absl::StatusOr<std::string> RequireString(std::string_view name, const Node* node) const;
  absl::StatusOr<ObjectReader> Child(const Node& node, std::string path) const;

  const Node* node_;
  std::string where_;
  std::string path_;
  Reason reason_;
  bool proto_json_;
  std::vector<std::string> known_;
};

}  // namespace chartseal
