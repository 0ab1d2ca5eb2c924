#pragma once

#include <memory>
#include <string>

#include "tests/sandbox/mint.h"

namespace chartseal::sandbox {

// Keeps a Sigstore's keys, certificates and log leaves in one JSON file, so that several runs share one
// trusted root. The private keys lie there in the clear: they sign nothing that anybody trusts. The witness
// is not kept.
void SaveState(Sigstore& sigstore, const std::string& path);
// nullptr when there is no such file; ends the process on a file that is not a state.
std::unique_ptr<Sigstore> LoadState(const std::string& path);
// The kept one, or a new one that starts a day before `now` and is saved at once.
std::unique_ptr<Sigstore> LoadOrCreateState(const std::string& path, absl::Time now);

// Whole files, for the subcommands. WriteFile creates missing directories.
void WriteFile(const std::string& path, const std::string& bytes);
bool ReadFile(const std::string& path, std::string* bytes);

}  // namespace chartseal::sandbox
