#pragma once

#include <string>
#include <vector>

#include "verifier/crypto/digest.h"
#include "verifier/workload/chart_sources.h"
#include "webhook/decision.h"

// Writing the digests of charts into the objects that name them, as JSON Patch (RFC 6902;
// spec/helm-oci-kubernetes.md §5).
namespace chartseal::webhook {

// A chart that was verified, and where its digest goes.
struct ChartPin {
  workload::PinField field;
  crypto::Digest digest;
};

// The patch that writes charts and images into one object, as JSON text: for each place a "test" of what it
// holds and of all beside it that decided which chart it is, then the write. The same pins give the same
// text; an object that has been pinned gives none. Empty when nothing is to be written.
std::string PinPatch(const std::vector<ChartPin>& charts, const std::vector<Pin>& images);

}  // namespace chartseal::webhook
