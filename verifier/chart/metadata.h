#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/node.h"

namespace chartseal::chart {

struct Maintainer {
  std::string name;
  std::string email;
  std::string url;
};

// One entry of `dependencies`, as Chart.yaml, Chart.lock or requirements.yaml has it.
struct Dependency {
  std::string name;
  std::string version;
  std::string repository;
  std::string condition;
  std::vector<std::string> tags;
  bool enabled = false;
  std::vector<Node> import_values;  // strings or {child, parent}
  std::string alias;
};

// Chart.yaml as helm models it (spec/helm-oci-kubernetes.md §1.1). Strings are as helm keeps them: Unicode
// spaces made U+0020 and unprintable characters removed, except in version and annotations.
struct Metadata {
  std::string name;
  std::string home;
  std::vector<std::string> sources;
  std::string version;
  std::string description;
  std::vector<std::string> keywords;
  std::vector<Maintainer> maintainers;
  std::string icon;
  std::string api_version;  // "v1" or "v2"; a missing one is "v1"
  std::string condition;
  std::string tags;
  std::string app_version;
  bool deprecated = false;
  std::map<std::string, std::string> annotations;
  std::string kube_version;
  std::vector<Dependency> dependencies;
  std::string type;  // "", "application", "library"
};

// Chart.lock or requirements.lock.
struct Lock {
  std::string
      generated;  // RFC 3339 as Go prints it with nanoseconds, offset kept: "2026-01-02T03:04:05.6+02:00"
  absl::Time generated_time = absl::UnixEpoch();
  std::string digest;  // "sha256:…" over the dependencies asked for and locked
  std::vector<Dependency> dependencies;
};

// Reads Chart.yaml and refuses whatever helm would read otherwise than it looks: duplicate keys, several
// documents, scalars without quotes that YAML 1.1 and 1.2 (or a string and a number) tell apart
// (kChartScalarAmbiguous), lists where helm has none. Unknown keys are left out, as helm does. Errors:
// InvalidArgument with kChartMalformed, kChartScalarAmbiguous, kYamlMalformed, kChartDuplicate (a
// dependency's name or alias), each "WHERE:LINE: …"; ResourceExhausted with kLimitExceeded.
absl::StatusOr<Metadata> ParseMetadata(std::string_view yaml, std::string_view where);

// `dependencies` of requirements.yaml, for charts of apiVersion v1. Errors as ParseMetadata.
absl::StatusOr<std::vector<Dependency>> ParseRequirements(std::string_view yaml, std::string_view where);

// Chart.lock or requirements.lock. Errors as ParseMetadata.
absl::StatusOr<Lock> ParseLock(std::string_view yaml, std::string_view where);

// The metadata as helm's Go struct becomes JSON: members in struct order, empty ones left out, of a
// dependency always name and repository (§1.1). Of the config blob and of the release record; write it with
// chart/go_json.h.
Node ToNode(const Metadata& metadata);
Node ToNode(const Dependency& dependency);
Node ToNode(const Lock& lock);

}  // namespace chartseal::chart
