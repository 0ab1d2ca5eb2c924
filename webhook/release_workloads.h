#pragma once

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
  std::string_view namespace_name;  // empty when it names none
  bool only_test = false;           // a hook that `helm test` alone creates
};

// What is done with the documents of a release. Each call may end the visit with a rejection.
class ObjectVisitor {
 public:
  virtual ~ObjectVisitor() = default;
  virtual Checked<Passed> Visit(const RenderedObject& object) = 0;
  // A document that cannot be read and may name an image; `why` is kYamlMalformed or kLimitExceeded.
  virtual Checked<Passed> VisitUnreadable(std::string_view text, Rejection why) = 0;
};

// Visits each object in manifest and hooks, lists unfolded as helm unfolds them. Documents that cannot be
// read and in which nothing can name an image are passed over; the others are visited as they are, since helm
// reads some that are refused here. The end of the time is a rejection (kDeadlineExceeded).
Checked<Passed> VisitObjects(const chart::Release& release, const net::Clock& clock, absl::Time deadline,
                             ObjectVisitor& visitor);

}  // namespace chartseal::webhook
