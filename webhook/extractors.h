#pragma once

#include <string_view>
#include <vector>

#include "verifier/base/verdict.h"
#include "verifier/policy/label_selector.h"
#include "verifier/workload/image_paths.h"
#include "verifier/workload/images.h"
#include "webhook/admission_review.h"
#include "webhook/pull_context.h"

// Which images a request brings in (spec/helm-oci-kubernetes.md §6.4, §6.6).
namespace chartseal::webhook {

using workload::ExtractImages;
using workload::ImagePathTable;
using workload::ImageUse;

// Whether nothing in the request can bring in an image: DELETE and CONNECT, image-free subresources, and
// updates of an object that the cluster is already deleting (finalizers).
bool BringsNoImages(const AdmissionRequest& request, const ImagePathTable& table = ImagePathTable::Default());

// The images that the request brings in: all of them on CREATE, on UPDATE those that did not stand at the
// same path before. An old object that cannot be read exempts nothing.
Checked<std::vector<ImageUse>> ImagesToVerify(const AdmissionRequest& request,
                                              const ImagePathTable& table = ImagePathTable::Default());

// As whom the pods of the object would pull: what its pod specs say; the first that names a service account,
// and the secrets of all. Kinds without a pod spec are asked for the same fields in their `spec`, where Argo
// and Tekton have them. What is not there, or is not what the API says, is left out: it decides where
// credentials come from, never what is accepted.
PullContext PullContextOf(const AdmissionRequest& request,
                          const ImagePathTable& table = ImagePathTable::Default());
// The same of an object that is not what a request is about.
PullContext PullContextOf(const workload::GroupVersionKind& kind, JsonValue object,
                          std::string_view namespace_name,
                          const ImagePathTable& table = ImagePathTable::Default());

// Whether digests may be written into the object. Not when a controller made it from the template of another
// (metadata.ownerReferences): a Deployment takes only the ReplicaSet that equals its template for its own,
// and would make new ones without end. The pods that come of it are what is pinned then.
bool MayBePinned(const AdmissionRequest& request);

// metadata.labels of the object; members that are no text are left out.
policy::Labels LabelsOf(const AdmissionRequest& request);

}  // namespace chartseal::webhook
