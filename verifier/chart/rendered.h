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
  std::vector<std::string> events;  // of its hook, as in ReleaseHook; empty when it is none
};

// All of them: the manifest's in its order, then hooks, of which each may hold several. Documents without
// content are left out. A line that begins with "---" is a separator when nothing or a comment follows;
// otherwise it keeps its document together, and ReadRendered() refuses that, as Kubernetes' clients refuse
// the stream. At most limits::kMaxRenderedDocuments of a release that was read.
std::vector<RenderedDocument> DocumentsOf(const Release& release);
// How many those are.
size_t CountDocuments(const Release& release);

// One document as Kubernetes' clients would read it: YAML with anchors, aliases and merge keys as go-yaml v2
// expands them, limits::kMaxRenderedNodes nodes after that; YAML 1.1 scalars; keys that are no strings made
// strings. An object, or null for nothing. What clients may read otherwise is refused rather than guessed:
// keys written twice (they take the last), tags, directives, a second document, characters that end a line
// for some readers only. Errors: InvalidArgument with Reason::kYamlMalformed, ResourceExhausted with
// kLimitExceeded.
absl::StatusOr<Node> ReadRendered(std::string_view text, std::string_view where);

}  // namespace chartseal::chart
