#include "verifier/workload/image_paths_builtin.h"

#include <cstdlib>
#include <string>

#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"

namespace chartseal::workload {
namespace {

constexpr std::string_view kWorkload = "spec.template.spec";
constexpr std::string_view kCronJob = "spec.jobTemplate.spec.template.spec";

struct CoreKind {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view pod_spec;  // empty: names no image
  bool required = true;
};

// Old group versions are here because a registration may name them; with matchPolicy: Equivalent the API
// server converts them to the new ones.
constexpr CoreKind kCoreKinds[] = {
    {"", "v1", "Pod", "spec"},
    {"", "v1", "PodTemplate", "template.spec"},
    // Its template is a pointer: without one it makes no pods, and the API server refuses it anyway.
    {"", "v1", "ReplicationController", kWorkload, false},
    {"apps", "v1", "Deployment", kWorkload},
    {"apps", "v1", "ReplicaSet", kWorkload},
    {"apps", "v1", "StatefulSet", kWorkload},
    {"apps", "v1", "DaemonSet", kWorkload},
    // Keeps an earlier template, from which no pod is made without the object that owns it being updated.
    {"apps", "v1", "ControllerRevision", ""},
    {"apps", "v1beta2", "Deployment", kWorkload},
    {"apps", "v1beta2", "ReplicaSet", kWorkload},
    {"apps", "v1beta2", "StatefulSet", kWorkload},
    {"apps", "v1beta2", "DaemonSet", kWorkload},
    {"apps", "v1beta2", "ControllerRevision", ""},
    {"apps", "v1beta1", "Deployment", kWorkload},
    {"apps", "v1beta1", "StatefulSet", kWorkload},
    {"apps", "v1beta1", "ControllerRevision", ""},
    {"extensions", "v1beta1", "Deployment", kWorkload},
    {"extensions", "v1beta1", "ReplicaSet", kWorkload},
    {"extensions", "v1beta1", "DaemonSet", kWorkload},
    {"batch", "v1", "Job", kWorkload},
    {"batch", "v1", "CronJob", kCronJob},
    {"batch", "v1beta1", "CronJob", kCronJob},
    {"batch", "v2alpha1", "CronJob", kCronJob},
};

// In the format of the configuration, so that whoever writes a rule has these as examples.
constexpr std::string_view kShipped = R"yaml(
# With spec.workloadRef the template is that of a Deployment.
- { group: argoproj.io, version: v1alpha1, kind: Rollout, podSpecs: [spec.template.spec] }
- { group: argoproj.io, version: v1alpha1, kind: Experiment, podSpecs: ["spec.templates[*].template.spec"] }
- group: argoproj.io
  version: v1alpha1
  kind: AnalysisTemplate
  podSpecs: ["spec.metrics[*].provider.job.spec.template.spec"]
- group: argoproj.io
  version: v1alpha1
  kind: ClusterAnalysisTemplate
  podSpecs: ["spec.metrics[*].provider.job.spec.template.spec"]
- group: argoproj.io
  version: v1alpha1
  kind: AnalysisRun
  podSpecs: ["spec.metrics[*].provider.job.spec.template.spec"]

# The job that runs helm; the chart is told by chart_sources.h.
- { group: helm.cattle.io, version: "*", kind: HelmChart, images: [spec.jobImage] }

- { group: serving.knative.dev, version: "*", kind: Service, podSpecs: [spec.template.spec] }
- { group: serving.knative.dev, version: "*", kind: Configuration, podSpecs: [spec.template.spec] }
- { group: serving.knative.dev, version: "*", kind: Revision, podSpecs: [spec] }

- group: jobset.x-k8s.io
  version: "*"
  kind: JobSet
  podSpecs: ["spec.replicatedJobs[*].template.spec.template.spec"]
- group: leaderworkerset.x-k8s.io
  version: "*"
  kind: LeaderWorkerSet
  podSpecs: [spec.leaderWorkerTemplate.leaderTemplate.spec, spec.leaderWorkerTemplate.workerTemplate.spec]

# The member of a predictor that holds its image is called after the model's framework.
- group: serving.kserve.io
  version: "*"
  kind: InferenceService
  podSpecs: [spec.predictor, spec.predictor.workerSpec, spec.transformer, spec.explainer]
  images: [spec.predictor.*.image, spec.transformer.*.image, spec.explainer.*.image]
  ociUris:
  - spec.predictor.*.storageUri
  - spec.transformer.*.storageUri
  - spec.explainer.*.storageUri
  - "spec.predictor.storageUris[*].uri"
  - "spec.transformer.storageUris[*].uri"
- { group: serving.kserve.io, version: "*", kind: ServingRuntime, podSpecs: [spec, spec.workerSpec] }
- { group: serving.kserve.io, version: "*", kind: ClusterServingRuntime, podSpecs: [spec, spec.workerSpec] }
- { group: serving.kserve.io, version: "*", kind: ClusterStorageContainer, images: [spec.container.image] }
- { group: serving.kserve.io, version: "*", kind: TrainedModel, ociUris: [spec.model.storageUri] }
- group: serving.kserve.io
  version: "*"
  kind: LLMInferenceService
  podSpecs:
  - spec.template
  - spec.worker
  - spec.prefill.template
  - spec.prefill.worker
  - spec.router.scheduler.template
  ociUris: [spec.model.uri, "spec.model.lora.adapters[*].uri"]
- group: serving.kserve.io
  version: "*"
  kind: LLMInferenceServiceConfig
  podSpecs:
  - spec.template
  - spec.worker
  - spec.prefill.template
  - spec.prefill.worker
  - spec.router.scheduler.template
  ociUris: [spec.model.uri, "spec.model.lora.adapters[*].uri"]

- { group: tekton.dev, version: "*", kind: StepAction, images: [spec.image] }
)yaml";

// What a Tekton TaskSpec and an Argo template hold, wherever they stand.
constexpr std::string_view kTaskSpec[] = {".steps[*].image", ".sidecars[*].image", ".stepTemplate.image",
                                          ".volumes[*].image.reference"};
constexpr std::string_view kPodTemplate[] = {".volumes[*].image.reference"};
constexpr std::string_view kArgoTemplate[] = {
    ".container.image",         ".script.image",      ".containerSet.containers[*].image",
    ".initContainers[*].image", ".sidecars[*].image", ".volumes[*].image.reference"};

[[noreturn]] void Broken(const absl::Status& status) {
  log::Error("the table of image paths that is built in cannot be read", {{"detail", Message(status)}});
  std::abort();
}

ImagePath Path(std::string_view text) {
  auto path = ImagePath::Parse(text);
  if (!path.ok()) Broken(path.status());
  return *std::move(path);
}

// Each of `bases` followed by each of `ends`.
template <typename Ends>
std::vector<ImagePath> Paths(const std::vector<std::string>& bases, const Ends& ends) {
  std::vector<ImagePath> paths;
  for (const std::string& base : bases) {
    for (std::string_view end : ends) paths.push_back(Path(Cat(base, end)));
  }
  return paths;
}

// Each of the places of a TaskSpec in a PipelineSpec. Pipelines in pipelines go one level deep.
std::vector<std::string> TaskSpecsOf(const std::string& pipeline) {
  std::vector<std::string> bases;
  for (const char* base :
       {"tasks[*].taskSpec", "finally[*].taskSpec", "tasks[*].pipelineSpec.tasks[*].taskSpec",
        "tasks[*].pipelineSpec.finally[*].taskSpec"}) {
    bases.push_back(Cat(pipeline, ".", base));
  }
  return bases;
}

void AddTekton(std::vector<ImagePathRule>& rules) {
  const auto add = [&](const char* kind, const std::vector<std::string>& task_specs,
                       const std::vector<std::string>& pod_templates = {}) {
    ImagePathRule rule{.kind = {"tekton.dev", "*", kind}, .images = Paths(task_specs, kTaskSpec)};
    for (ImagePath& path : Paths(pod_templates, kPodTemplate)) rule.images.push_back(std::move(path));
    rules.push_back(std::move(rule));
  };
  add("Task", {"spec"});
  add("ClusterTask", {"spec"});
  add("TaskRun", {"spec.taskSpec"}, {"spec.podTemplate"});
  add("Pipeline", TaskSpecsOf("spec"));
  add("PipelineRun", TaskSpecsOf("spec.pipelineSpec"),
      {"spec.podTemplate", "spec.taskRunTemplate.podTemplate", "spec.taskRunSpecs[*].podTemplate",
       "spec.taskRunSpecs[*].taskPodTemplate"});
}

void AddArgoWorkflows(std::vector<ImagePathRule>& rules) {
  const auto add = [&](const char* kind, const std::string& spec) {
    ImagePathRule rule{.kind = {"argoproj.io", "v1alpha1", kind},
                       .images = Paths({spec + ".templates[*]", spec + ".templateDefaults",
                                        spec + ".templates[*].steps[*][*].inline",
                                        spec + ".templates[*].dag.tasks[*].inline"},
                                       kArgoTemplate)};
    rule.images.push_back(Path(spec + ".volumes[*].image.reference"));
    rules.push_back(std::move(rule));
  };
  add("Workflow", "spec");
  add("WorkflowTemplate", "spec");
  add("ClusterWorkflowTemplate", "spec");
  add("CronWorkflow", "spec.workflowSpec");
}

absl::StatusOr<std::vector<ImagePathRule>> ReadShipped() {
  ASSIGN_OR_RETURN(const Node table, ParseYaml(kShipped, "built-in"));
  return ReadImagePathRules(table, "built-in");
}

}  // namespace

std::vector<ImagePathRule> CoreRules() {
  std::vector<ImagePathRule> rules;
  for (const CoreKind& one : kCoreKinds) {
    ImagePathRule rule{.kind = {std::string(one.group), std::string(one.version), std::string(one.kind)},
                       .core = true,
                       .required = one.required};
    if (!one.pod_spec.empty()) rule.pod_specs.push_back(Path(one.pod_spec));
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::vector<ImagePathRule> ShippedRules() {
  auto rules = ReadShipped();
  if (!rules.ok()) Broken(rules.status());
  AddTekton(*rules);
  AddArgoWorkflows(*rules);
  return *std::move(rules);
}

}  // namespace chartseal::workload
