#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workload/objects.h"
#include "verifier/base/strings.h"
#include "verifier/workload/images.h"

// Images of the custom resources that are shipped.
namespace chartseal::workload {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Golden {
  GroupVersionKind kind;
  std::string object;
  std::vector<std::string> images;
};

void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.kind.ToString(); }

class ShippedKind : public testing::TestWithParam<Golden> {};

TEST_P(ShippedKind, NamesItsImages) {
  const Golden& golden = GetParam();
  EXPECT_THAT(Texts(ExtractImages(golden.kind, Json(golden.object))), ElementsAreArray(golden.images));
}

TEST_P(ShippedKind, MayBeEmpty) {
  EXPECT_THAT(Texts(ExtractImages(GetParam().kind, Json("{}"))), IsEmpty());
  EXPECT_THAT(Texts(ExtractImages(GetParam().kind, Json(R"({"spec":null})"))), IsEmpty());
}

TEST_P(ShippedKind, WithASpecThatIsTextIsRejected) {
  EXPECT_THAT(Texts(ExtractImages(GetParam().kind, Json(R"({"spec":"image:1"})"))),
              ElementsAre("REJECTED image-field-malformed: spec cannot be read; expected an object; found a "
                          "string"));
}

TEST_P(ShippedKind, OfAnotherGroupIsNotKnown) {
  GroupVersionKind kind = GetParam().kind;
  kind.group = "example." + kind.group;
  EXPECT_THAT(Texts(ExtractImages(kind, Json(GetParam().object))),
              ElementsAre(HasSubstr("REJECTED kind-not-covered")));
}

Golden Of(std::string group, std::string version, std::string kind, std::string spec,
          std::vector<std::string> images) {
  return {
      {std::move(group), std::move(version), std::move(kind)}, R"({"spec":)" + spec + "}", std::move(images)};
}

constexpr char kTemplate[] =
    R"({"template":{"spec":{"initContainers":[{"name":"i","image":"i:1"}],"containers":[{"name":"c","image":"c:1"}],
        "volumes":[{"name":"v","image":{"reference":"v:1"}},{"name":"t","emptyDir":{}}]}}})";

std::vector<std::string> InTemplate() {
  return {"spec.template.spec.initContainers[i].image=i:1", "spec.template.spec.containers[c].image=c:1",
          "spec.template.spec.volumes[v].image.reference=v:1"};
}

constexpr char kJobMetrics[] = R"({"metrics":[{"name":"rate","provider":{"prometheus":{"query":"q"}}},
    {"name":"job","provider":{"job":{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"c:1"}]}}}}}}]})";
const std::vector<std::string> kInJobMetrics = {
    "spec.metrics[job].provider.job.spec.template.spec.containers[c].image=c:1"};

INSTANTIATE_TEST_SUITE_P(
    ArgoRollouts, ShippedKind,
    testing::Values(
        Of("argoproj.io", "v1alpha1", "Rollout", kTemplate, InTemplate()),
        Of("argoproj.io", "v1alpha1", "Rollout", R"({"workloadRef":{"kind":"Deployment","name":"d"}})", {}),
        Of("argoproj.io", "v1alpha1", "Experiment",
           R"({"templates":[{"name":"t","template":{"spec":{"containers":[{"name":"c","image":"c:1"}]}}}]})",
           {"spec.templates[t].template.spec.containers[c].image=c:1"}),
        Of("argoproj.io", "v1alpha1", "AnalysisTemplate", kJobMetrics, kInJobMetrics),
        Of("argoproj.io", "v1alpha1", "ClusterAnalysisTemplate", kJobMetrics, kInJobMetrics),
        Of("argoproj.io", "v1alpha1", "AnalysisRun", kJobMetrics, kInJobMetrics)));

constexpr char kWorkflow[] = R"j({"templates":[
    {"name":"a","container":{"image":"a:1"},"initContainers":[{"name":"i","image":"i:1"}],
     "sidecars":[{"name":"s","image":"s:1"}],"volumes":[{"name":"v","image":{"reference":"v:1"}}]},
    {"name":"b","script":{"image":"b:1","source":"true"}},
    {"name":"c","containerSet":{"containers":[{"name":"x","image":"x:1"}]}},
    {"name":"p","container":{"image":"{{inputs.parameters.image}}"}},
    {"name":"steps","steps":[[{"name":"one","inline":{"container":{"image":"one:1"}}},
                              {"name":"two","template":"a"}]]},
    {"name":"dag","dag":{"tasks":[{"name":"t","inline":{"script":{"image":"t:1"}}}]}},
    {"name":"gate","suspend":{}}],
    "templateDefaults":{"container":{"image":"d:1"}},
    "volumes":[{"name":"w","image":{"reference":"w:1"}}]})j";

std::vector<std::string> InWorkflow(const std::string& spec) {
  std::vector<std::string> images = {".templates[a].container.image=a:1",
                                     ".templates[b].script.image=b:1",
                                     ".templates[c].containerSet.containers[x].image=x:1",
                                     ".templates[a].initContainers[i].image=i:1",
                                     ".templates[a].sidecars[s].image=s:1",
                                     ".templates[a].volumes[v].image.reference=v:1",
                                     ".templateDefaults.container.image=d:1",
                                     ".templates[steps].steps[0][one].inline.container.image=one:1",
                                     ".templates[dag].dag.tasks[t].inline.script.image=t:1",
                                     ".volumes[w].image.reference=w:1"};
  for (std::string& image : images) image = spec + image;
  return images;
}

INSTANTIATE_TEST_SUITE_P(
    ArgoWorkflows, ShippedKind,
    testing::Values(Of("argoproj.io", "v1alpha1", "Workflow", kWorkflow, InWorkflow("spec")),
                    Of("argoproj.io", "v1alpha1", "WorkflowTemplate", kWorkflow, InWorkflow("spec")),
                    Of("argoproj.io", "v1alpha1", "ClusterWorkflowTemplate", kWorkflow, InWorkflow("spec")),
                    Of("argoproj.io", "v1alpha1", "CronWorkflow",
                       Cat(R"({"schedule":"* * * * *","workflowSpec":)", kWorkflow, "}"),
                       InWorkflow("spec.workflowSpec"))));

INSTANTIATE_TEST_SUITE_P(
    K3s, ShippedKind,
    testing::Values(Of("helm.cattle.io", "v1", "HelmChart",
                       R"({"chart":"oci://r.test/app","jobImage":"j:1"})", {"spec.jobImage=j:1"}),
                    Of("helm.cattle.io", "v1", "HelmChart", R"({"chart":"oci://r.test/app"})", {})));

INSTANTIATE_TEST_SUITE_P(
    Knative, ShippedKind,
    testing::Values(Of("serving.knative.dev", "v1", "Service", kTemplate, InTemplate()),
                    Of("serving.knative.dev", "v1", "Configuration", kTemplate, InTemplate()),
                    Of("serving.knative.dev", "v1", "Revision",
                       R"({"containerConcurrency":0,"containers":[{"name":"user","image":"u:1"}]})",
                       {"spec.containers[user].image=u:1"})));

INSTANTIATE_TEST_SUITE_P(
    Batch, ShippedKind,
    testing::Values(
        Of("jobset.x-k8s.io", "v1alpha2", "JobSet",
           R"({"replicatedJobs":[{"name":"w","replicas":2,"template":{"spec":{"template":{"spec":
               {"containers":[{"name":"c","image":"c:1"}]}}}}}]})",
           {"spec.replicatedJobs[w].template.spec.template.spec.containers[c].image=c:1"}),
        Of("leaderworkerset.x-k8s.io", "v1", "LeaderWorkerSet",
           R"({"leaderWorkerTemplate":{"size":4,"leaderTemplate":{"spec":{"containers":[{"name":"l","image":"l:1"}]}},
               "workerTemplate":{"spec":{"containers":[{"name":"w","image":"w:1"}]}}}})",
           {"spec.leaderWorkerTemplate.leaderTemplate.spec.containers[l].image=l:1",
            "spec.leaderWorkerTemplate.workerTemplate.spec.containers[w].image=w:1"}),
        Of("leaderworkerset.x-k8s.io", "v1", "LeaderWorkerSet",
           R"({"leaderWorkerTemplate":{"workerTemplate":{"spec":{"containers":[{"name":"w","image":"w:1"}]}}}})",
           {"spec.leaderWorkerTemplate.workerTemplate.spec.containers[w].image=w:1"})));

constexpr char kLlm[] = R"({"model":{"uri":"oci://r.test/m:1","name":"m","lora":{"adapters":[
      {"name":"x","uri":"oci://r.test/x:1"},{"name":"y","uri":"hf://a/b"}]}},
    "template":{"containers":[{"name":"main","image":"t:1"}]},"worker":{"containers":[{"name":"main","image":"w:1"}]},
    "prefill":{"template":{"containers":[{"name":"main","image":"pt:1"}]},
               "worker":{"containers":[{"name":"main","image":"pw:1"}]}},
    "router":{"scheduler":{"template":{"containers":[{"name":"epp","image":"e:1"}]}},"gateway":{}}})";
const std::vector<std::string> kInLlm = {"spec.template.containers[main].image=t:1",
                                         "spec.worker.containers[main].image=w:1",
                                         "spec.prefill.template.containers[main].image=pt:1",
                                         "spec.prefill.worker.containers[main].image=pw:1",
                                         "spec.router.scheduler.template.containers[epp].image=e:1",
                                         "spec.model.uri=r.test/m:1",
                                         "spec.model.lora.adapters[x].uri=r.test/x:1"};

constexpr char kRuntime[] = R"({"supportedModelFormats":[{"name":"sklearn","version":"1"}],
    "containers":[{"name":"kserve-container","image":"k:1"}],"workerSpec":{"containers":[{"name":"w","image":"w:1"}]}})";
const std::vector<std::string> kInRuntime = {"spec.containers[kserve-container].image=k:1",
                                             "spec.workerSpec.containers[w].image=w:1"};

INSTANTIATE_TEST_SUITE_P(
    KServe, ShippedKind,
    testing::Values(
        Of("serving.kserve.io", "v1beta1", "InferenceService",
           R"({"predictor":{"minReplicas":1,"serviceAccountName":"sa","nodeSelector":{"gpu":"a"},
                 "model":{"modelFormat":{"name":"sklearn"},"storageUri":"oci://r.test/m:1","image":"f:1"},
                 "containers":[{"name":"p","image":"p:1"}],"workerSpec":{"containers":[{"name":"w","image":"w:1"}]},
                 "storageUris":[{"uri":"oci://r.test/n:1"},{"uri":"s3://bucket/n"}]},
               "transformer":{"containers":[{"name":"t","image":"t:1"}]},
               "explainer":{"art":{"type":"SquareAttack","image":"x:1","storageUri":"gs://bucket/x"}}})",
           {"spec.predictor.containers[p].image=p:1", "spec.predictor.workerSpec.containers[w].image=w:1",
            "spec.transformer.containers[t].image=t:1", "spec.predictor.model.image=f:1",
            "spec.explainer.art.image=x:1", "spec.predictor.model.storageUri=r.test/m:1",
            "spec.predictor.storageUris[0].uri=r.test/n:1"}),
        Of("serving.kserve.io", "v1alpha1", "ServingRuntime", kRuntime, kInRuntime),
        Of("serving.kserve.io", "v1alpha1", "ClusterServingRuntime", kRuntime, kInRuntime),
        Of("serving.kserve.io", "v1alpha1", "ClusterStorageContainer",
           R"({"container":{"name":"storage-initializer","image":"s:1"},"supportedUriFormats":[{"prefix":"x://"}]})",
           {"spec.container.image=s:1"}),
        Of("serving.kserve.io", "v1alpha1", "TrainedModel", R"({"model":{"storageUri":"oci://r.test/m:1"}})",
           {"spec.model.storageUri=r.test/m:1"}),
        Of("serving.kserve.io", "v1alpha1", "LLMInferenceService", kLlm, kInLlm),
        Of("serving.kserve.io", "v1alpha1", "LLMInferenceServiceConfig", kLlm, kInLlm)));

constexpr char kTask[] = R"j({"params":[{"name":"image"}],
    "steps":[{"name":"build","image":"b:1"},{"name":"any","image":"$(params.image)"},{"name":"ref","ref":{"name":"a"}}],
    "sidecars":[{"name":"s","image":"s:1"}],"stepTemplate":{"image":"d:1"},
    "volumes":[{"name":"v","image":{"reference":"v:1"}}]})j";

std::vector<std::string> InTask(const std::string& task) {
  return {task + ".steps[build].image=b:1", task + ".sidecars[s].image=s:1", task + ".stepTemplate.image=d:1",
          task + ".volumes[v].image.reference=v:1"};
}

constexpr char kPipeline[] = R"({"tasks":[{"name":"ref","taskRef":{"name":"t"}},
    {"name":"a","taskSpec":{"steps":[{"name":"s","image":"a:1"}]}},
    {"name":"p","pipelineSpec":{"tasks":[{"name":"n","taskSpec":{"steps":[{"name":"s","image":"n:1"}]}}]}}],
    "finally":[{"name":"f","taskSpec":{"sidecars":[{"name":"s","image":"f:1"}]}}]})";

std::vector<std::string> InPipeline(const std::string& pipeline) {
  return {pipeline + ".tasks[a].taskSpec.steps[s].image=a:1",
          pipeline + ".finally[f].taskSpec.sidecars[s].image=f:1",
          pipeline + ".tasks[p].pipelineSpec.tasks[n].taskSpec.steps[s].image=n:1"};
}

std::vector<std::string> And(std::vector<std::string> list, std::string last) {
  list.push_back(std::move(last));
  return list;
}

INSTANTIATE_TEST_SUITE_P(
    Tekton, ShippedKind,
    testing::Values(
        Of("tekton.dev", "v1", "Task", kTask, InTask("spec")),
        Of("tekton.dev", "v1beta1", "Task", kTask, InTask("spec")),
        Of("tekton.dev", "v1beta1", "ClusterTask", kTask, InTask("spec")),
        Of("tekton.dev", "v1", "TaskRun",
           Cat(R"({"taskSpec":)", kTask,
               R"(,"podTemplate":{"volumes":[{"name":"x","image":{"reference":"x:1"}}]}})"),
           And(InTask("spec.taskSpec"), "spec.podTemplate.volumes[x].image.reference=x:1")),
        Of("tekton.dev", "v1", "Pipeline", kPipeline, InPipeline("spec")),
        Of("tekton.dev", "v1", "PipelineRun",
           Cat(R"({"pipelineSpec":)", kPipeline,
               R"(,"taskRunTemplate":{"podTemplate":{"volumes":[{"name":"x","image":{"reference":"x:1"}}]}}})"),
           And(InPipeline("spec.pipelineSpec"),
               "spec.taskRunTemplate.podTemplate.volumes[x].image.reference=x:1")),
        Of("tekton.dev", "v1beta1", "StepAction", R"({"image":"a:1"})", {"spec.image=a:1"})));

}  // namespace
}  // namespace chartseal::workload
