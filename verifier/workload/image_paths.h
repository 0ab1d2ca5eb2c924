#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/workload/kind.h"

// Where the kinds that the webhook knows name their images (spec/helm-oci-kubernetes.md §6.6): Kubernetes'
// own, custom resources that are shipped with it, and those that the configuration adds.
namespace chartseal::workload {

struct PathStep {
  enum class Kind { kMember, kAnyMember, kEachElement };
  Kind kind = Kind::kMember;
  std::string name;  // of a kMember
};

// A way through an object: "spec.templates[*].container.image". Names of members are separated by dots; "*"
// is any member, "[*]" each element of a list.
class ImagePath {
 public:
  // InvalidArgument with Reason::kYamlMalformed, saying what is wrong with it.
  static absl::StatusOr<ImagePath> Parse(std::string_view text);

  const std::vector<PathStep>& steps() const { return steps_; }

 private:
  ImagePath() = default;
  std::vector<PathStep> steps_;
};

// Where one kind names its images. A path that leads nowhere in an object names none.
struct ImagePathRule {
  GroupVersionKind kind;  // version "*": every version without a rule of its own
  std::vector<ImagePath>
      pod_specs;                  // to what has containers, initContainers and volumes as a PodSpec has them
  std::vector<ImagePath> images;  // to texts that are references
  std::vector<ImagePath> oci_uris;  // to texts that are references when "oci://" stands in front of them
  // Of Kubernetes' own kinds: each container has an image, none holds a template expression, and (`required`)
  // the pod spec is there.
  bool core = false;
  bool required = false;
};

// Immutable; const access is thread-safe.
class ImagePathTable {
 public:
  // Kubernetes' own kinds and the custom resources that are shipped: Argo Rollouts, Argo Workflows, Knative
  // Serving, KServe, Tekton, JobSet and LeaderWorkerSet. Lives as long as the process.
  static const ImagePathTable& Default();
  // Default(), and `configured`: a rule replaces the shipped one of the same group, version and kind; one for
  // version "*" replaces all of that group and kind. Kubernetes' own kinds cannot be replaced.
  static ImagePathTable With(std::vector<ImagePathRule> configured);

  // The rule for exactly this version, else the one for "*"; nullptr when the kind is not known. Lives as
  // long as the table.
  const ImagePathRule* Find(const GroupVersionKind& kind) const;
  // All of them, for those who look for objects to read. Lives as long as the table.
  const std::vector<ImagePathRule>& rules() const { return rules_; }

 private:
  explicit ImagePathTable(std::vector<ImagePathRule> rules) : rules_(std::move(rules)) {}
  std::vector<ImagePathRule> rules_;
};

// The key of the configuration file.
inline constexpr std::string_view kImagePaths = "image-paths";

// Reads what stands under that key in the file `where`: a list of {group, version, kind, podSpecs, images,
// ociUris}; null is no rules. Errors are InvalidArgument with file, line and what is wrong: unknown keys, a
// path that is none, a kind named twice, one of Kubernetes' own, a rule without paths (an empty list says
// that the kind names no images).
absl::StatusOr<std::vector<ImagePathRule>> ReadImagePathRules(const Node& table, std::string_view where);

}  // namespace chartseal::workload
