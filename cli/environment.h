#pragma once

#include <optional>
#include <string>

// Variables of the process.
namespace chartseal::cli {

// Nullopt when it is not set. Not to be called while another thread changes the environment, which none does.
std::optional<std::string> Environment(const char* name);

// For variables that mean the same when they are empty as when they are not set.
std::string Variable(const char* name);

}  // namespace chartseal::cli
