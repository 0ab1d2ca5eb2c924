#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/oci/reference.h"

namespace chartseal::oci {

// Where to read instead of the registry that an image names.
struct MirrorRule {
  std::string from;             // logical names: "ghcr.io", "ghcr.io/acme"; as in Reference::Name()
  std::vector<std::string> to;  // "mirror.internal:5000/ghcr/acme"; tried in this order; never empty
  bool fallback = true;         // whether the place that the name itself means is asked last
};

// One place where an artifact may be read.
struct Place {
  Reference reference;
  std::string mirror;  // the entry of MirrorRule::to; empty for the place that the name itself means
};

// The rewrite table of the configuration:
//
//   mirrors:
//   - from: ghcr.io/acme
//     to: [mirror.internal:5000/ghcr/acme]
//     fallback: false
//
// A prefix holds for whole path components; the longest that fits wins, and only that one: a mirror's own
// name is not looked up again. Immutable, thread-safe.
class MirrorTable {
 public:
  MirrorTable() = default;  // no mirrors

  // The list of rules; null for none. Strict: InvalidArgument with Reason::kYamlMalformed, naming file, line
  // and field, for unknown fields, names that are no host or repository, a `from` that is there twice, a
  // mirror of itself, more than limits::kMaxMirrors rules or limits::kMaxMirrorsOfOne mirrors of one.
  static absl::StatusOr<MirrorTable> Read(const Node& list, std::string_view where);

  // Where to read what `reference` names, in order; never empty. Tag and digest are kept.
  absl::StatusOr<std::vector<Place>> PlacesOf(const Reference& reference) const;

  bool empty() const { return rules_.empty(); }
  const std::vector<MirrorRule>& rules() const { return rules_; }

 private:
  std::vector<MirrorRule> rules_;  // longest `from` first
};

}  // namespace chartseal::oci
