#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/chart/release.h"

// What a release renders to, document by document (spec/helm-oci-kubernetes.md §4.3).
namespace chartseal::chart {

// One rendered document. `text` and `source` are borrowed from the release.
struct RenderedDocument {
  // Of the comment "# Source: …" that helm writes in front, or the path of a hook: a template below the
  // chart's name, "app/charts/db/templates/svc.yaml". A hint, since nobody signed it; empty when there is
  // none, as after a post-renderer.
  std::string_view source;
  std::string_view text;  // without separator and comment of its source
  bool hook = false;
};

// All of them: the manifest's in its order, then hooks. Documents without content are left out.
std::vector<RenderedDocument> DocumentsOf(const Release& release);

// One document as Kubernetes would read it: YAML with anchors, aliases and merge keys, of which there may be
// limits::kMaxRenderedNodes nodes after expansion; YAML 1.1 scalars as helm reads them. Errors:
// InvalidArgument with Reason::kYamlMalformed, ResourceExhausted with kLimitExceeded.
absl::StatusOr<Node> ReadRendered(std::string_view text, std::string_view where);

}  // namespace chartseal::chart
