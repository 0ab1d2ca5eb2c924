#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "verifier/base/json_document.h"
#include "verifier/base/verdict.h"
#include "verifier/workload/image_paths.h"
#include "verifier/workload/kind.h"

// Where an object names images (spec/helm-oci-kubernetes.md §6.6).
namespace chartseal::workload {

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

// All images that `object` names, in document order: init containers, containers, ephemeral containers and
// image volumes of its pod specs, then what else the table says. Rejections: kKindNotCovered for a kind that
// the table does not know, kImageFieldMalformed where an image or what leads to it is not what the API says,
// kLimitExceeded. `expected` and `found` are filled. What counts in custom resources: see image_walk.h.
Checked<std::vector<ImageUse>> ExtractImages(const GroupVersionKind& kind, JsonValue object,
                                             const ImagePathTable& table = ImagePathTable::Default());

}  // namespace chartseal::workload
