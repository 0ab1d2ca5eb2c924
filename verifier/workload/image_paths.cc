#include "verifier/workload/image_paths.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/workload/image_paths_builtin.h"

namespace chartseal::workload {
namespace {

constexpr std::string_view kAnyVersion = "*";
constexpr std::string_view kEach = "[*]";

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-';
  });
}

// "templates[*]": a name or "*", and behind it any number of "[*]".
bool AddSegment(std::string_view segment, std::vector<PathStep>& steps) {
  size_t elements = 0;
  while (segment.ends_with(kEach)) {
    segment.remove_suffix(kEach.size());
    ++elements;
  }
  if (segment != "*" && !IsName(segment)) return false;
  if (segment == "*") {
    steps.push_back({.kind = PathStep::Kind::kAnyMember});
  } else {
    steps.push_back({.kind = PathStep::Kind::kMember, .name = std::string(segment)});
  }
  for (; elements > 0; --elements) steps.push_back({.kind = PathStep::Kind::kEachElement});
  return true;
}

bool SameKind(const GroupVersionKind& a, const GroupVersionKind& b) {
  return a.kind == b.kind && a.group == b.group;
}

absl::StatusOr<std::vector<ImagePath>> ReadPaths(ObjectReader& rule, std::string_view field) {
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, rule.Strings(field, limits::kMaxImagePathsPerKind));
  std::vector<ImagePath> paths;
  for (size_t i = 0; i < texts.size(); ++i) {
    auto path = ImagePath::Parse(texts[i]);
    if (!path.ok()) return rule.ErrorAt(field, Cat("entry ", i + 1, ": ", Message(path.status())));
    paths.push_back(*std::move(path));
  }
  return paths;
}

absl::StatusOr<std::string> ReadName(ObjectReader& rule, std::string_view field, bool may_be_empty) {
  ASSIGN_OR_RETURN(std::string name, may_be_empty ? rule.StringOr(field, "") : rule.String(field));
  if (name.empty() && !may_be_empty) return rule.ErrorAt(field, "is empty");
  if (name.size() > limits::kMaxReviewNameBytes) {
    return rule.ErrorAt(field, Cat("is longer than ", limits::kMaxReviewNameBytes, " bytes"));
  }
  return name;
}

const std::vector<ImagePathRule>& Core() {
  static const auto* const rules = new std::vector<ImagePathRule>(CoreRules());
  return *rules;
}

absl::Status CheckKind(const ObjectReader& rule, const GroupVersionKind& kind,
                       const std::vector<ImagePathRule>& before) {
  for (const ImagePathRule& core : Core()) {
    if (!SameKind(core.kind, kind)) continue;
    return rule.ErrorAt("kind", Cat(Printable(kind.kind),
                                    " is one of Kubernetes' own kinds; where it names its images "
                                    "is known and cannot be changed; leave this entry out"));
  }
  for (const ImagePathRule& other : before) {
    if (other.kind == kind)
      return rule.ErrorAt("kind", Cat(Printable(kind.ToString()), " has an entry already"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ImagePathRule> ReadRule(ObjectReader& reader, const std::vector<ImagePathRule>& before) {
  ImagePathRule rule;
  ASSIGN_OR_RETURN(rule.kind.group, ReadName(reader, "group", true));
  ASSIGN_OR_RETURN(rule.kind.version, ReadName(reader, "version", false));
  ASSIGN_OR_RETURN(rule.kind.kind, ReadName(reader, "kind", false));
  const bool says_where = reader.Has("podSpecs") || reader.Has("images") || reader.Has("ociUris");
  ASSIGN_OR_RETURN(rule.pod_specs, ReadPaths(reader, "podSpecs"));
  ASSIGN_OR_RETURN(rule.images, ReadPaths(reader, "images"));
  ASSIGN_OR_RETURN(rule.oci_uris, ReadPaths(reader, "ociUris"));
  RETURN_IF_ERROR(reader.Done());
  RETURN_IF_ERROR(CheckKind(reader, rule.kind, before));
  if (!says_where) {
    return reader.Error(
        "expected podSpecs, images or ociUris; write images: [] for a kind that names no images");
  }
  return rule;
}

}  // namespace

absl::StatusOr<ImagePath> ImagePath::Parse(std::string_view text) {
  ImagePath path;
  for (std::string_view rest = text;;) {
    const size_t dot = rest.find('.');
    if (!AddSegment(rest.substr(0, dot), path.steps_)) {
      return Malformed(Reason::kYamlMalformed, Cat("\"", Printable(text), "\""),
                       Cat("expected names, * and [*] such as spec.templates[*].container.image, found \"",
                           Printable(rest.substr(0, dot)), "\""));
    }
    if (path.steps_.size() > limits::kMaxImagePathSteps) {
      return Malformed(Reason::kYamlMalformed, Cat("\"", Printable(text), "\""),
                       Cat("has more than ", limits::kMaxImagePathSteps, " steps"));
    }
    if (dot == std::string_view::npos) return path;
    rest.remove_prefix(dot + 1);
  }
}

const ImagePathTable& ImagePathTable::Default() {
  static const auto* const table = new ImagePathTable(With({}));
  return *table;
}

ImagePathTable ImagePathTable::With(std::vector<ImagePathRule> configured) {
  std::vector<ImagePathRule> rules = Core();
  for (ImagePathRule& shipped : ShippedRules()) {
    const bool replaced = std::any_of(configured.begin(), configured.end(), [&](const ImagePathRule& rule) {
      return SameKind(rule.kind, shipped.kind) &&
             (rule.kind.version == kAnyVersion || rule.kind.version == shipped.kind.version);
    });
    if (!replaced) rules.push_back(std::move(shipped));
  }
  for (ImagePathRule& rule : configured) rules.push_back(std::move(rule));
  return ImagePathTable(std::move(rules));
}

const ImagePathRule* ImagePathTable::Find(const GroupVersionKind& kind) const {
  const ImagePathRule* any_version = nullptr;
  for (const ImagePathRule& rule : rules_) {
    if (!SameKind(rule.kind, kind)) continue;
    if (rule.kind.version == kind.version) return &rule;
    if (rule.kind.version == kAnyVersion) any_version = &rule;
  }
  return any_version;
}

absl::StatusOr<std::vector<ImagePathRule>> ReadImagePathRules(const Node& table, std::string_view where) {
  Node config = Node::MakeMap();
  config.Set(kImagePaths, table);
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(config, where, Reason::kYamlMalformed));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> list, reader.Objects(kImagePaths, limits::kMaxImagePathRules));
  std::vector<ImagePathRule> rules;
  for (ObjectReader& one : list) {
    ASSIGN_OR_RETURN(ImagePathRule rule, ReadRule(one, rules));
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace chartseal::workload
