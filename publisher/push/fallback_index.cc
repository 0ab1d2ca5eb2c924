#include "publisher/push/fallback_index.h"

#include <algorithm>

#include "publisher/push/manifest_put.h"
#include "publisher/push/tag_refusal.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/media_types.h"
#include "verifier/oci/reference.h"

namespace chartseal::publisher {
namespace {

Node EntryOf(const oci::Descriptor& descriptor) {
  Node entry = Node::MakeMap();
  entry.Set("mediaType", descriptor.media_type);
  entry.Set("digest", descriptor.digest.ToString());
  entry.Set("size", Node::Integer(descriptor.size));
  if (!descriptor.annotations.empty()) {
    Node annotations = Node::MakeMap();
    for (const auto& [key, value] : descriptor.annotations) annotations.Set(key, value);
    entry.Set("annotations", std::move(annotations));
  }
  if (!descriptor.artifact_type.empty()) entry.Set("artifactType", descriptor.artifact_type);
  return entry;
}

Node NewIndex() {
  Node index = Node::MakeMap();
  index.Set("schemaVersion", Node::Integer(2));
  index.Set("mediaType", oci::kOciIndex);
  index.Set("manifests", Node::MakeList());
  return index;
}

std::string DigestOf(const Node& entry) { return std::string(entry.StringOr("digest")); }

// The list that `index` holds; one that is null counts as empty.
Node::List EntriesOf(const Node& index) {
  const Node* entries = index.Find("manifests");
  return entries != nullptr && entries->is_list() ? entries->list() : Node::List();
}

absl::Status CheckIsIndex(std::string_view index, std::string_view media_type, std::string_view where) {
  ASSIGN_OR_RETURN(const oci::Manifest manifest, oci::Manifest::Parse(index, media_type, where));
  if (manifest.kind() == oci::ManifestKind::kIndex && manifest.media_type() == oci::kOciIndex) {
    return absl::OkStatus();
  }
  return Malformed(Reason::kManifestMalformed, where,
                   Cat("the tag holds something else than an OCI index (",
                       Printable(manifest.media_type().empty() ? media_type : manifest.media_type()),
                       "); it is left as it is. Find out who uses the tag, and delete it if nobody does"));
}

bool Lists(const std::vector<oci::Descriptor>& entries, const oci::Descriptor& descriptor) {
  return std::count_if(entries.begin(), entries.end(),
                       [&](const oci::Descriptor& entry) { return entry.digest == descriptor.digest; }) ==
             1 &&
         std::find(entries.begin(), entries.end(), descriptor) != entries.end();
}

}  // namespace

absl::StatusOr<std::string> ListInIndex(std::string_view index, std::string_view media_type,
                                        const oci::Descriptor& descriptor, std::string_view where) {
  Node document = NewIndex();
  if (!index.empty()) {
    RETURN_IF_ERROR(CheckIsIndex(index, media_type, where));
    ASSIGN_OR_RETURN(const oci::Manifest parsed, oci::Manifest::Parse(index, media_type, where));
    if (Lists(parsed.manifests(), descriptor)) return std::string(index);
    ASSIGN_OR_RETURN(document, ParseJson(index, where, {.max_bytes = limits::kMaxManifestBytes}));
  }
  Node::List entries = EntriesOf(document);
  std::erase_if(entries, [&](const Node& e) { return DigestOf(e) == descriptor.digest.ToString(); });
  if (entries.size() >= limits::kMaxIndexEntries) {
    const std::string text = Cat(where, ": the index is full (", entries.size(), " entries)");
    return WithReason(absl::ResourceExhaustedError(text), Reason::kLimitExceeded);
  }
  entries.push_back(EntryOf(descriptor));
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Node& a, const Node& b) { return DigestOf(a) < DigestOf(b); });
  Node list = Node::MakeList();
  list.list() = std::move(entries);
  document.Set("manifests", std::move(list));
  return WriteJson(document);
}

absl::Status ListAsReferrer(const WriteStep& step, const crypto::Digest& subject,
                            const oci::Descriptor& descriptor) {
  const std::string tag = oci::DigestTag(subject);
  std::optional<std::string> refused;  // what was there when a condition was not met
  for (int attempt = 0;; ++attempt) {
    ASSIGN_OR_RETURN(const auto stored, GetStored(step, tag));
    const std::string before = stored.has_value() ? stored->bytes : "";
    ASSIGN_OR_RETURN(
        const std::string after,
        ListInIndex(before, stored.has_value() ? stored->media_type : "", descriptor, step.where()));
    if (stored.has_value() && after == before) return absl::OkStatus();
    if (attempt == limits::kMaxIndexWriteAttempts) break;
    net::Headers conditions;
    // A registry that turns its own ETag down is asked without.
    if (refused != before) {
      if (!stored.has_value()) conditions.Set("If-None-Match", "*");
      if (stored.has_value() && !stored->etag.empty()) conditions.Set("If-Match", stored->etag);
    }
    ASSIGN_OR_RETURN(const net::HttpResponse put, PutStored(step, tag, after, oci::kOciIndex, conditions));
    const bool raced = put.status == 412 && !conditions.fields().empty();
    if (!raced && !WasStored(put)) return TagRefused(step, tag, put);
    if (raced) refused = before;
  }
  const std::string text = Cat(
      step.where(), ": ", descriptor.digest.ToString(), " was written to the index ",
      limits::kMaxIndexWriteAttempts,
      " times and is not in it; others keep overwriting it, or the registry serves old content. Try again");
  return WithReason(absl::AbortedError(text), Reason::kRegistryError);
}

}  // namespace chartseal::publisher
