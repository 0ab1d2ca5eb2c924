#include "verifier/chart/metadata.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_time.h"
#include "verifier/chart/sanitize.h"
#include "verifier/chart/yaml_object.h"

namespace chartseal::chart {
namespace {

constexpr std::array<std::string_view, 17> kMetadataNames = {
    "name",        "home",        "sources",     "version",      "description", "keywords",
    "maintainers", "icon",        "apiVersion",  "condition",    "tags",        "appVersion",
    "deprecated",  "annotations", "kubeVersion", "dependencies", "type"};
constexpr std::array<std::string_view, 3> kMaintainerNames = {"name", "email", "url"};
constexpr std::array<std::string_view, 8> kDependencyNames = {"name", "version", "repository",    "condition",
                                                              "tags", "enabled", "import-values", "alias"};
constexpr std::array<std::string_view, 3> kLockNames = {"generated", "digest", "dependencies"};

// Of a list inside Chart.yaml.
constexpr size_t kMaxEntries = limits::kMaxChartDependencies;

absl::Status CheckSize(std::string_view yaml, std::string_view where) {
  if (yaml.size() <= limits::kMaxChartYamlBytes) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(
          Cat(where, ": ", yaml.size(), " bytes, more than the limit of ", limits::kMaxChartYamlBytes)),
      Reason::kLimitExceeded);
}

absl::StatusOr<std::string> Sanitized(const YamlObject& object, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string text, object.String(name));
  return Sanitize(text);
}

absl::StatusOr<std::vector<std::string>> SanitizedList(const YamlObject& object, std::string_view name) {
  ASSIGN_OR_RETURN(std::vector<std::string> list, object.Strings(name, kMaxEntries));
  for (std::string& text : list) text = Sanitize(text);
  return list;
}

absl::StatusOr<std::vector<Maintainer>> ReadMaintainers(const YamlObject& object) {
  ASSIGN_OR_RETURN(const std::vector<YamlObject> entries, object.Objects("maintainers", kMaxEntries));
  std::vector<Maintainer> out;
  for (const YamlObject& entry : entries) {
    RETURN_IF_ERROR(entry.CheckNames(kMaintainerNames));
    Maintainer& maintainer = out.emplace_back();
    ASSIGN_OR_RETURN(maintainer.name, Sanitized(entry, "name"));
    ASSIGN_OR_RETURN(maintainer.email, Sanitized(entry, "email"));
    ASSIGN_OR_RETURN(maintainer.url, Sanitized(entry, "url"));
  }
  return out;
}

absl::StatusOr<Dependency> ReadDependency(const YamlObject& object) {
  RETURN_IF_ERROR(object.CheckNames(kDependencyNames));
  Dependency out;
  ASSIGN_OR_RETURN(out.name, object.String("name"));
  ASSIGN_OR_RETURN(out.version, object.String("version"));
  ASSIGN_OR_RETURN(out.repository, object.String("repository"));
  ASSIGN_OR_RETURN(out.condition, object.String("condition"));
  ASSIGN_OR_RETURN(out.tags, object.Strings("tags", kMaxEntries));
  ASSIGN_OR_RETURN(out.enabled, object.Bool("enabled"));
  ASSIGN_OR_RETURN(out.import_values, object.StringsAndMaps("import-values", kMaxEntries));
  ASSIGN_OR_RETURN(out.alias, object.String("alias"));
  if (out.name.empty()) return object.ErrorAt("name", "missing; every dependency must have a name");
  return out;
}

void SanitizeDependency(Dependency& dependency) {
  for (std::string* text :
       {&dependency.name, &dependency.version, &dependency.repository, &dependency.condition}) {
    *text = Sanitize(*text);
  }
  for (std::string& tag : dependency.tags) tag = Sanitize(tag);
}

bool IsAlias(std::string_view alias) {
  return std::all_of(alias.begin(), alias.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

// `dependencies` as helm validates them in a chart, not in a lock.
absl::StatusOr<std::vector<Dependency>> ReadDependencies(const YamlObject& object) {
  ASSIGN_OR_RETURN(const std::vector<YamlObject> entries, object.Objects("dependencies", kMaxEntries));
  std::vector<Dependency> out;
  std::set<std::string> names;
  for (const YamlObject& entry : entries) {
    ASSIGN_OR_RETURN(Dependency dependency, ReadDependency(entry));
    SanitizeDependency(dependency);
    if (!IsAlias(dependency.alias)) {
      return entry.ErrorAt("alias", Cat("\"", Printable(dependency.alias, 80),
                                        "\" has characters other than letters, digits, \"-\" and \"_\""));
    }
    const bool by_alias = !dependency.alias.empty();
    const std::string& name = by_alias ? dependency.alias : dependency.name;
    if (!names.insert(name).second) {
      return WithReason(entry.ErrorAt(by_alias ? "alias" : "name",
                                      Cat("another dependency has the name or alias \"", Printable(name, 80),
                                          "\"; give one of them an alias")),
                        Reason::kChartDuplicate);
    }
    out.push_back(std::move(dependency));
  }
  return out;
}

// What helm demands of every chart.
absl::Status CheckRequired(const YamlObject& object, const Metadata& metadata) {
  if (metadata.api_version != "v1" && metadata.api_version != "v2") {
    return object.ErrorAt("apiVersion", Cat("expected v2 (or v1, of helm 2), found \"",
                                            Printable(metadata.api_version, 40), "\""));
  }
  if (metadata.name.empty()) return object.ErrorAt("name", "missing");
  if (metadata.version.empty()) return object.ErrorAt("version", "missing");
  if (!metadata.type.empty() && metadata.type != "application" && metadata.type != "library") {
    return object.ErrorAt(
        "type", Cat("expected application or library, found \"", Printable(metadata.type, 40), "\""));
  }
  return absl::OkStatus();
}

absl::StatusOr<Metadata> ReadMetadata(const YamlObject& object) {
  Metadata out;
  ASSIGN_OR_RETURN(out.name, Sanitized(object, "name"));
  ASSIGN_OR_RETURN(out.home, Sanitized(object, "home"));
  ASSIGN_OR_RETURN(out.sources, SanitizedList(object, "sources"));
  ASSIGN_OR_RETURN(out.version, object.String("version"));
  ASSIGN_OR_RETURN(out.description, Sanitized(object, "description"));
  ASSIGN_OR_RETURN(out.keywords, SanitizedList(object, "keywords"));
  ASSIGN_OR_RETURN(out.maintainers, ReadMaintainers(object));
  ASSIGN_OR_RETURN(out.icon, Sanitized(object, "icon"));
  ASSIGN_OR_RETURN(out.api_version, object.String("apiVersion"));
  ASSIGN_OR_RETURN(out.condition, Sanitized(object, "condition"));
  ASSIGN_OR_RETURN(out.tags, Sanitized(object, "tags"));
  ASSIGN_OR_RETURN(out.app_version, Sanitized(object, "appVersion"));
  ASSIGN_OR_RETURN(out.deprecated, object.Bool("deprecated"));
  ASSIGN_OR_RETURN(out.annotations, object.StringMap("annotations"));
  ASSIGN_OR_RETURN(out.kube_version, Sanitized(object, "kubeVersion"));
  ASSIGN_OR_RETURN(out.dependencies, ReadDependencies(object));
  ASSIGN_OR_RETURN(out.type, object.String("type"));
  if (out.api_version.empty()) out.api_version = "v1";
  return out;
}

}  // namespace

absl::StatusOr<Metadata> ParseMetadata(std::string_view yaml, std::string_view where) {
  RETURN_IF_ERROR(CheckSize(yaml, where));
  ASSIGN_OR_RETURN(const YamlObject object, YamlObject::Parse(yaml, where));
  RETURN_IF_ERROR(object.CheckNames(kMetadataNames));
  ASSIGN_OR_RETURN(Metadata metadata, ReadMetadata(object));
  RETURN_IF_ERROR(CheckRequired(object, metadata));
  return metadata;
}

absl::StatusOr<std::vector<Dependency>> ParseRequirements(std::string_view yaml, std::string_view where) {
  RETURN_IF_ERROR(CheckSize(yaml, where));
  ASSIGN_OR_RETURN(const YamlObject object, YamlObject::Parse(yaml, where));
  RETURN_IF_ERROR(object.CheckNames(kMetadataNames));
  // helm reads this file into the same struct as Chart.yaml, over what that said.
  for (const std::string_view name : kMetadataNames) {
    if (name != "dependencies" && object.Has(name)) {
      return object.ErrorAt(name, "helm would put this in place of what Chart.yaml says; remove it");
    }
  }
  return ReadDependencies(object);
}

absl::StatusOr<Lock> ParseLock(std::string_view yaml, std::string_view where) {
  RETURN_IF_ERROR(CheckSize(yaml, where));
  ASSIGN_OR_RETURN(const YamlObject object, YamlObject::Parse(yaml, where));
  RETURN_IF_ERROR(object.CheckNames(kLockNames));
  Lock out;
  ASSIGN_OR_RETURN(const std::string generated, object.Time("generated"));
  const std::optional<GoTime> time = generated.empty() ? GoZeroTime() : ParseGoTime(generated);
  if (!time) {
    return object.ErrorAt("generated",
                          Cat("expected an RFC 3339 time, found \"", Printable(generated, 64), "\""));
  }
  out.generated = time->text;
  out.generated_time = time->time;
  ASSIGN_OR_RETURN(out.digest, object.String("digest"));
  ASSIGN_OR_RETURN(const std::vector<YamlObject> entries, object.Objects("dependencies", kMaxEntries));
  for (const YamlObject& entry : entries) {
    ASSIGN_OR_RETURN(Dependency dependency, ReadDependency(entry));
    out.dependencies.push_back(std::move(dependency));
  }
  return out;
}

}  // namespace chartseal::chart
