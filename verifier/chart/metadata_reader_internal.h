#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_time.h"
#include "verifier/chart/metadata.h"

// Reads helm's structs of metadata from a mapping of YAML or of JSON. `Object` is YamlObject or RecordObject,
// which have the same accessors; their errors say where in which file.
namespace chartseal::chart::internal {

inline constexpr std::array<std::string_view, 17> kMetadataNames = {
    "name",        "home",        "sources",     "version",      "description", "keywords",
    "maintainers", "icon",        "apiVersion",  "condition",    "tags",        "appVersion",
    "deprecated",  "annotations", "kubeVersion", "dependencies", "type"};
inline constexpr std::array<std::string_view, 3> kMaintainerNames = {"name", "email", "url"};
inline constexpr std::array<std::string_view, 8> kDependencyNames = {
    "name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"};
inline constexpr std::array<std::string_view, 3> kLockNames = {"generated", "digest", "dependencies"};

// Of a list inside Chart.yaml.
inline constexpr size_t kMaxEntries = limits::kMaxChartDependencies;

template <typename Object>
absl::StatusOr<std::vector<Maintainer>> ReadMaintainers(const Object& object) {
  ASSIGN_OR_RETURN(const std::vector<Object> entries, object.Objects("maintainers", kMaxEntries));
  std::vector<Maintainer> out;
  for (const Object& entry : entries) {
    RETURN_IF_ERROR(entry.CheckNames(kMaintainerNames));
    Maintainer& maintainer = out.emplace_back();
    ASSIGN_OR_RETURN(maintainer.name, entry.String("name"));
    ASSIGN_OR_RETURN(maintainer.email, entry.String("email"));
    ASSIGN_OR_RETURN(maintainer.url, entry.String("url"));
  }
  return out;
}

template <typename Object>
absl::StatusOr<Dependency> ReadDependency(const Object& object) {
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

template <typename Object>
absl::StatusOr<std::vector<Dependency>> ReadDependencyList(const Object& object) {
  ASSIGN_OR_RETURN(const std::vector<Object> entries, object.Objects("dependencies", kMaxEntries));
  std::vector<Dependency> out;
  for (const Object& entry : entries) {
    ASSIGN_OR_RETURN(Dependency dependency, ReadDependency(entry));
    out.push_back(std::move(dependency));
  }
  return out;
}

// All but `dependencies`, as they stand: neither sanitised nor judged.
template <typename Object>
absl::StatusOr<Metadata> ReadMetadataFields(const Object& object) {
  RETURN_IF_ERROR(object.CheckNames(kMetadataNames));
  Metadata out;
  ASSIGN_OR_RETURN(out.name, object.String("name"));
  ASSIGN_OR_RETURN(out.home, object.String("home"));
  ASSIGN_OR_RETURN(out.sources, object.Strings("sources", kMaxEntries));
  ASSIGN_OR_RETURN(out.version, object.String("version"));
  ASSIGN_OR_RETURN(out.description, object.String("description"));
  ASSIGN_OR_RETURN(out.keywords, object.Strings("keywords", kMaxEntries));
  ASSIGN_OR_RETURN(out.maintainers, ReadMaintainers(object));
  ASSIGN_OR_RETURN(out.icon, object.String("icon"));
  ASSIGN_OR_RETURN(out.api_version, object.String("apiVersion"));
  ASSIGN_OR_RETURN(out.condition, object.String("condition"));
  ASSIGN_OR_RETURN(out.tags, object.String("tags"));
  ASSIGN_OR_RETURN(out.app_version, object.String("appVersion"));
  ASSIGN_OR_RETURN(out.deprecated, object.Bool("deprecated"));
  ASSIGN_OR_RETURN(out.annotations, object.StringMap("annotations"));
  ASSIGN_OR_RETURN(out.kube_version, object.String("kubeVersion"));
  ASSIGN_OR_RETURN(out.type, object.String("type"));
  return out;
}

template <typename Object>
absl::StatusOr<Lock> ReadLockFields(const Object& object) {
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
  ASSIGN_OR_RETURN(out.dependencies, ReadDependencyList(object));
  return out;
}

}  // namespace chartseal::chart::internal
