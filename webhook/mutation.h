#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verifier/crypto/digest.h"
#include "webhook/decision.h"

// Writing back the digest that was verified, as JSON Patch (RFC 6902; spec/helm-oci-kubernetes.md §6.1,
// §6.5).
namespace chartseal::webhook {

// "nginx:1.25" as "nginx:1.25@sha256:...": host, path and tag stay as the user spelt them, and no tag is
// invented. Runtimes pull by the digest. A reference that has a digest stays as it is.
std::string Pinned(std::string_view reference, const crypto::Digest& digest);

// The patch that writes `pins` into their object, as JSON text: for each place a "test" that it still holds
// what was verified, and a "replace". A place is written once, the first pin of it counts; places that hold a
// digest already are left alone. Empty when nothing is left to do, so that a second call changes nothing.
std::string PinPatch(const std::vector<Pin>& pins);

}  // namespace chartseal::webhook
