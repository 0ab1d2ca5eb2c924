#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/semver.h"

// Which tag of an OCI repository a version or a range of versions stands for (spec/helm-oci-kubernetes.md
// §2.2, §5). Registries take no "+" in a tag; tools for charts write "_" there.
namespace chartseal::chart {

// How a program reads a tag as a version.
enum class TagReading {
  kStrict,     // helm, and what is built on it
  kOptionalV,  // Flux: "v" may stand in front
  kLoose,      // Argo CD: SemVer::ParseLoose()
};

struct TagRule {
  TagReading reading = TagReading::kStrict;
  bool underscore_is_plus = true;
};

// A tag that is a version.
struct VersionTag {
  SemVer version;
  std::string tag;  // as the registry has it
};

// Those that are versions, the newest first. Versions of one precedence stand together, in no certain order.
std::vector<VersionTag> VersionTags(const std::vector<std::string>& tags, const TagRule& rule = {},
                                    RangeRules rules = RangeRules::kUpTo33);

// Those of them in `range`, a text as VersionRange reads it.
// InvalidArgument with Reason::kChartSourceMalformed.
absl::StatusOr<std::vector<VersionTag>> TagsInRange(const std::vector<std::string>& tags,
                                                    std::string_view range, const TagRule& rule = {},
                                                    RangeRules rules = RangeRules::kUpTo33);

// The tag of a version: "+" is written as "_".
std::string TagOfVersion(std::string_view version);

// What helm takes for one version, and asks the registry for without looking at its tags.
bool IsExactVersion(std::string_view version);

// The tags that a program may take for the newest in `range`: "" and "*" are the newest stable version, and a
// version stands for its tag. Almost always one. Several when versions differ in build metadata alone, which
// says nothing about their order, or when both RangeRules are in use and differ: the tags count as one choice
// only when they name the same content.
// InvalidArgument with Reason::kChartSourceMalformed; NotFound with kVersionUnknown.
absl::StatusOr<std::vector<std::string>> NewestTags(const std::vector<std::string>& tags,
                                                    std::string_view range, const TagRule& rule = {});

}  // namespace chartseal::chart
