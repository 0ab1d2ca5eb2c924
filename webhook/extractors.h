#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "verifier/base/json_document.h"
#include "verifier/base/verdict.h"
#include "verifier/policy/label_selector.h"
#include "webhook/admission_review.h"
#include "webhook/image_paths.h"
#include "webhook/pull_context.h"

// Where an object names images (spec/helm-oci-kubernetes.md §6.4, §6.6).
namespace chartseal::webhook {

// One place in an object that names an image. Two uses are the same when path and reference are: where in its
// list a container stands does not count.
struct ImageUse {
  std::string path;       // "spec.template.spec.containers[web].image", by name, so that order does not count
  std::string reference;  // as written there, without `scheme`; never empty
  std::string pointer;    // JSON pointer (RFC 6901) of the field: "/spec/template/spec/containers/0/image"
  std::string_view scheme = "";  // "oci://" where the field is a URI; static lifetime

  friend bool operator==(const ImageUse& a, const ImageUse& b) {
    return std::tie(a.path, a.reference) == std::tie(b.path, b.reference);
  }
  friend auto operator<=>(const ImageUse& a, const ImageUse& b) {
    return std::tie(a.path, a.reference) <=> std::tie(b.path, b.reference);
  }
};

// Whether nothing in the request can bring in an image: DELETE and CONNECT, image-free subresources, and
// updates of an object that the cluster is already deleting (finalizers).
bool BringsNoImages(const AdmissionRequest& request, const ImagePathTable& table = ImagePathTable::Default());

// All images that `object` names, in document order: init containers, containers, ephemeral containers and
// image volumes of its pod specs, then what else the table says. Rejections: kKindNotCovered for a kind that
// the table does not know, kImageFieldMalformed where an image or what leads to it is not what the API says,
// kLimitExceeded. `expected` and `found` are filled. What counts in custom resources: see image_walk.h.
Checked<std::vector<ImageUse>> ExtractImages(const GroupVersionKind& kind, JsonValue object,
                                             const ImagePathTable& table = ImagePathTable::Default());

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

// Whether digests may be written into the object. Not when a controller made it from the template of another
// (metadata.ownerReferences): a Deployment takes only the ReplicaSet that equals its template for its own,
// and would make new ones without end. The pods that come of it are what is pinned then.
bool MayBePinned(const AdmissionRequest& request);

// metadata.labels of the object; members that are no text are left out.
policy::Labels LabelsOf(const AdmissionRequest& request);

}  // namespace chartseal::webhook
