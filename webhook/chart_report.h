#pragma once

#include <optional>
#include <string>
#include <vector>

#include "verifier/crypto/digest.h"
#include "verifier/verification/ruling.h"
#include "verifier/verification/signed_charts.h"

namespace chartseal::webhook {

// One chart that an object names, and what policies say of it.
struct ChartReport {
  std::string chart;    // "ghcr.io/acme/charts/app", or what was written when that is no OCI repository
  std::string path;     // "spec.source"
  std::string version;  // what was resolved: the tag; empty when by digest
  std::optional<crypto::Digest> digest;
  verification::Lookup lookup;
  std::vector<verification::Ruling> rulings;
  bool pinned = false;  // a mutation writes the digest
};

}  // namespace chartseal::webhook
