#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "verifier/base/json_document.h"
#include "verifier/base/verdict.h"
#include "verifier/policy/label_selector.h"
#include "webhook/admission_review.h"
#include "webhook/pull_context.h"

// Where an object names images (spec/helm-oci-kubernetes.md §6.4, §6.6).
namespace chartseal::webhook {

// One place in an object that names an image. Two uses are the same when path and reference are: where in its
// list a container stands does not count.
struct ImageUse {
  std::string path;       // "spec.template.spec.containers[web].image", by name, so that order does not count
  std::string reference;  // as written there; never empty
  std::string pointer;    // JSON pointer (RFC 6901) of the field: "/spec/template/spec/containers/0/image"

  friend bool operator==(const ImageUse& a, const ImageUse& b) {
    return std::tie(a.path, a.reference) == std::tie(b.path, b.reference);
  }
  friend auto operator<=>(const ImageUse& a, const ImageUse& b) {
    return std::tie(a.path, a.reference) <=> std::tie(b.path, b.reference);
  }
};

// Whether nothing in the request can bring in an image: DELETE and CONNECT, image-free subresources, and
// updates of an object that the cluster is already deleting (finalizers).
bool BringsNoImages(const AdmissionRequest& request);

// All images that `object` names, in document order: containers, init containers, ephemeral containers and
// image volumes of its pod spec. Rejections: kKindNotCovered for a kind that this table does not know,
// kImageFieldMalformed where an image or what leads to it is not what the API says. `expected` and `found`
// are filled.
Checked<std::vector<ImageUse>> ExtractImages(const GroupVersionKind& kind, JsonValue object);

// The images that the request brings in: all of them on CREATE, on UPDATE those that did not stand at the
// same path before. An old object that cannot be read exempts nothing.
Checked<std::vector<ImageUse>> ImagesToVerify(const AdmissionRequest& request);

// As whom the pods of the object would pull: what its pod spec says. What is not there, or is not what the
// API says, is left out: it decides where credentials come from, never what is accepted.
PullContext PullContextOf(const AdmissionRequest& request);

// metadata.labels of the object; members that are no text are left out.
policy::Labels LabelsOf(const AdmissionRequest& request);

}  // namespace chartseal::webhook
