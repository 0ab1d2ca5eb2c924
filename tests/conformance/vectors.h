#pragma once

#include <string>
#include <vector>

#include "verifier/base/node.h"

namespace chartseal::conformance {

// Data of others, kept beside the project's directory and never inside it (its README says what it is).
std::string VectorPath(const std::string& relative);

// False, said once on stderr, when the data is not there. A test then records it and ends; in CI, where the
// data must be present, VectorsPresent in vectors_test.cc fails.
bool HaveVectors();

std::string ReadVector(const std::string& relative);
Node ReadJsonVector(const std::string& relative);
bool VectorExists(const std::string& relative);
// Names of the directories inside, sorted.
std::vector<std::string> VectorDirectories(const std::string& relative);

}  // namespace chartseal::conformance
