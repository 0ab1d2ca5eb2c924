#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "verifier/base/json_document.h"
#include "verifier/base/node.h"
#include "verifier/base/verdict.h"
#include "verifier/chart/release.h"
#include "verifier/net/clock.h"
#include "verifier/workload/kind.h"

namespace chartseal::webhook {

// One object that a release renders to; borrowed for the call.
struct RenderedObject {
  std::string_view document;  // for people, printable: "app/templates/web.yaml: Deployment web"
  workload::GroupVersionKind kind;
  const Node& object;
  std::string_view namespace_name;  // the one that it names, else the release's
  bool only_test = false;           // a hook that `helm test` alone creates
};

// Calls visit(object) for each object in manifest and hooks, lists unfolded as helm unfolds them, until it
// gives a rejection. A document that cannot be read is passed over when nothing in it can name an image, and
// else is a rejection (kYamlMalformed, kLimitExceeded), since helm reads some that are refused here. So is
// the end of the time (kDeadlineExceeded).
Checked<Passed> VisitObjects(const chart::Release& release, const net::Clock& clock, absl::Time deadline,
                             const std::function<Checked<Passed>(const RenderedObject&)>& visit);

}  // namespace chartseal::webhook
