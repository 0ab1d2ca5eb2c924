#include "verifier/chart/metadata.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/metadata_reader_internal.h"
#include "verifier/chart/sanitize.h"
#include "verifier/chart/yaml_object.h"

namespace chartseal::chart {
namespace {

using internal::kMetadataNames;

absl::Status CheckSize(std::string_view yaml, std::string_view where) {
  if (yaml.size() <= limits::kMaxChartYamlBytes) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(
          Cat(where, ": ", yaml.size(), " bytes, more than the limit of ", limits::kMaxChartYamlBytes)),
      Reason::kLimitExceeded);
}

void SanitizeAll(const std::vector<std::string*>& texts) {
  for (std::string* text : texts) *text = Sanitize(*text);
}

void SanitizeAll(std::vector<std::string>& texts) {
  for (std::string& text : texts) text = Sanitize(text);
}

// What helm sanitises; not version, annotations and type.
void SanitizeMetadata(Metadata& metadata) {
  SanitizeAll({&metadata.name, &metadata.home, &metadata.description, &metadata.icon, &metadata.condition,
               &metadata.tags, &metadata.app_version, &metadata.kube_version});
  SanitizeAll(metadata.sources);
  SanitizeAll(metadata.keywords);
  for (Maintainer& maintainer : metadata.maintainers) {
    SanitizeAll({&maintainer.name, &maintainer.email, &maintainer.url});
  }
}

void SanitizeDependency(Dependency& dependency) {
  SanitizeAll({&dependency.name, &dependency.version, &dependency.repository, &dependency.condition});
  SanitizeAll(dependency.tags);
}

bool IsAlias(std::string_view alias) {
  return std::all_of(alias.begin(), alias.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

// `dependencies` as helm validates them in a chart, not in a lock.
absl::StatusOr<std::vector<Dependency>> ReadDependencies(const YamlObject& object) {
  ASSIGN_OR_RETURN(const std::vector<YamlObject> entries,
                   object.Objects("dependencies", internal::kMaxEntries));
  std::vector<Dependency> out;
  std::set<std::string> names;
  for (const YamlObject& entry : entries) {
    ASSIGN_OR_RETURN(Dependency dependency, internal::ReadDependency(entry));
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

}  // namespace

absl::StatusOr<Metadata> ParseMetadata(std::string_view yaml, std::string_view where) {
  RETURN_IF_ERROR(CheckSize(yaml, where));
  ASSIGN_OR_RETURN(const YamlObject object, YamlObject::Parse(yaml, where));
  ASSIGN_OR_RETURN(Metadata metadata, internal::ReadMetadataFields(object));
  ASSIGN_OR_RETURN(metadata.dependencies, ReadDependencies(object));
  SanitizeMetadata(metadata);
  if (metadata.api_version.empty()) metadata.api_version = "v1";
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
  return internal::ReadLockFields(object);
}

}  // namespace chartseal::chart
