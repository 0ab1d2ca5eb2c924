#pragma once

#include <string>
#include <string_view>

#include "verifier/verification/release_verifier.h"

// What is said to people about releases. One line each.
namespace chartseal::verification {

// Whom all policies of a place want to have signed: "issuer …, subject … or key sha256:…".
std::string SignersOf(const ChartPlace& place);

// What a person can do about a release that was turned away for `reason`; `repository` is where its chart was
// looked for, empty when that was nowhere.
std::string NextForRelease(Reason reason, std::string_view repository);

}  // namespace chartseal::verification
