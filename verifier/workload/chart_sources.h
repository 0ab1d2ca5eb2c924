#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/base/json_document.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/reference.h"
#include "verifier/workload/kind.h"

// Which charts the objects of GitOps tools name (spec/helm-oci-kubernetes.md §5): Flux, Argo CD, k3s, Cluster
// API, Crossplane and Fleet. Pure: what is there is read, nothing is looked up.
namespace chartseal::workload {

// How a program reads tags as versions.
enum class VersionRules {
  kHelm,       // helm, and what is built on it
  kFlux,       // tags as they are, "v" may stand in front
  kFluxChart,  // the same, "_" stands for "+"
  kArgoHelm,   // Argo CD for a chart: versions may be short
  kArgoOci,    // Argo CD for an artifact: the same, but an existing tag comes before everything else
};

// What an object says of the version.
struct ChartVersion {
  enum class Kind {
    kNone,     // nothing: another object does
    kDigest,   // this content
    kTag,      // whatever this tag stands for
    kVersion,  // a version or a range of them; "" is the newest that is stable
    kUntold,   // an expression, or something else that is known later
  };
  Kind kind = Kind::kNone;
  std::string text;  // of a kTag or kVersion as written; beside a kDigest a tag that must agree, or ""
  std::optional<crypto::Digest> digest;  // of a kDigest
  VersionRules rules = VersionRules::kHelm;
  std::string filter;  // of a kVersion: only tags in which this regular expression matches (Flux); or ""

  // Whether it is by digest, or one version in full: "1.2.3", and not "1.2".
  bool IsPinned() const;
  friend bool operator==(const ChartVersion&, const ChartVersion&) = default;
};

// Where a digest can be written into the object, so that its controller takes that and nothing else.
struct PinField {
  enum class Form {
    kDigest,     // "sha256:…"
    kReference,  // the text that is there, and "@sha256:…" behind it
    kMember,     // {"digest": "sha256:…"}, where there is no such object yet
  };
  Form form = Form::kDigest;
  std::string pointer;  // JSON pointer (RFC 6901) of the field
  std::string text;     // what is there now; empty when nothing is
  // Other fields that decided which chart it is, by pointer, with their texts. A digest may be written only
  // while they still have them.
  std::vector<std::pair<std::string, std::string>> beside;

  friend bool operator==(const PinField&, const PinField&) = default;
};

// One chart that an object names.
struct ChartSource {
  enum class Origin {
    kRegistry,     // a repository of a registry: `repository`
    kElsewhere,    // not a registry: nothing there can be verified
    kInline,       // the archive stands in the object: `archive`
    kOtherObject,  // what `via` names says where it is
    kParent,       // the object says only where charts are; what chart, another object does
    kUntold,       // cannot be told from the object: `why`
  };
  std::string path;     // "spec.source", "spec.sources[0]"
  std::string pointer;  // JSON pointer of the same place
  std::string chart;    // for people: "ghcr.io/acme/charts/app", or what was written
  Origin origin = Origin::kUntold;
  std::optional<oci::Reference> repository;  // without tag and digest
  std::string archive;                       // base64, as written
  std::string via;                           // "OCIRepository flux-system/app"
  std::string why;
  ChartVersion version;
  std::optional<PinField> pin;  // nullopt when there is no such field, or it holds a digest already
  std::string target;           // the cluster that it is installed in, for people; empty for this one

  friend bool operator==(const ChartSource&, const ChartSource&) = default;
};

// Whether both name the same chart in the same way, wherever in their objects they stand.
bool NamesTheSame(const ChartSource& a, const ChartSource& b);

// The kinds whose objects name charts; "*" for their versions, which all do.
std::vector<GroupVersionKind> ChartKinds();
// Whether it is a version of one of them.
bool NamesCharts(const GroupVersionKind& kind);

// All charts that `object` names, in document order; none is fine. Rejections: kKindNotCovered for a kind
// that does not name charts; kChartSourceMalformed where a field is not what its API says, or where what it
// says could be read in two ways; kLimitExceeded. `expected` and `found` are filled.
Checked<std::vector<ChartSource>> ExtractChartSources(const GroupVersionKind& kind, JsonValue object);

}  // namespace chartseal::workload
