#include "verifier/chart/release_input.h"

#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/json_document.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/chart/chart_templates.h"
#include "verifier/chart/release_object.h"

namespace chartseal::chart {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

bool IsBase64(std::string_view text) { return text.find_first_not_of(kBase64) == text.npos; }

absl::StatusOr<ReleaseInput> OfObject(const Node& object, std::string_view where) {
  ASSIGN_OR_RETURN(const std::string encoded, EncodedReleaseOf(object, where));
  ReleaseInput input;
  ASSIGN_OR_RETURN(input.release, ReadRelease(encoded, where));
  if (const Node* metadata = object.Find("metadata")) {
    input.namespace_name = metadata->StringOr("namespace");
  }
  return input;
}

absl::StatusOr<ReleaseInput> OfJson(std::string_view text, std::string_view where) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(text, where, limits::kMaxReleaseJsonBytes));
  if (!document->root().Find("kind").is_null()) return OfObject(document->root().ToNode(), where);
  ReleaseInput input;
  ASSIGN_OR_RETURN(input.release, ReadReleaseJson(text, where));
  return input;
}

// As kubectl writes it. Its strings are quoted where they could be anything else.
absl::StatusOr<ReleaseInput> OfYaml(std::string_view text, std::string_view where) {
  static const ExpandingYaml kAsKubectl{
      .read_plain = [](std::string_view plain,
                       bool) { return absl::StatusOr<Node>(Node::String(std::string(plain))); },
      .max_bytes = limits::kMaxKubeObjectBytes,
      .max_depth = limits::kMaxJsonDepth};
  ASSIGN_OR_RETURN(const Node object, ParseYaml(text, where, kAsKubectl));
  if (object.is_map()) return OfObject(object, where);
  return Malformed(Reason::kReleaseMalformed, where,
                   "expected a release record: a Secret, a ConfigMap, the value in one, or its JSON");
}

// Kubernetes' base64 of what is base64 already, as it stands in a Secret.
absl::StatusOr<ReleaseInput> OfValue(std::string_view text, std::string_view where) {
  ReleaseInput input;
  const absl::StatusOr<std::string> inner = Base64Decode(text);
  const bool is_twice = inner.ok() && !inner->empty() && IsBase64(*inner);
  ASSIGN_OR_RETURN(input.release, ReadRelease(is_twice ? std::string_view(*inner) : text, where));
  return input;
}

}  // namespace

absl::StatusOr<ReleaseInput> ReadReleaseInput(std::string_view text, std::string_view where) {
  const std::string_view inner = Trimmed(text);
  if (inner.starts_with('{')) return OfJson(inner, where);
  if (!inner.empty() && IsBase64(inner)) return OfValue(inner, where);
  return OfYaml(text, where);
}

}  // namespace chartseal::chart
