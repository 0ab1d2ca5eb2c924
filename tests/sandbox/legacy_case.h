#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/cosign_layout.h"
#include "tests/sandbox/mint_case.h"

// The catalogue of mint_case.h for cosign's legacy layout (spec/sigstore.md §1.1, §1.6): one layer each.
namespace chartseal::sandbox {

struct LegacyDraft {
  CaseDraft base;
  LegacyOptions options;
  std::string digest;  // "sha256:<hex>" that is signed
};

struct LegacyCase {
  const char* name;  // kebab-case, unique, begins with "legacy-"
  const char* rule;  // section of spec/sigstore.md
  bool valid;        // true: a conforming verifier accepts it
  void (*edit)(LegacyDraft&);
};

struct MintedLegacyCase {
  LegacySignature signature;
  std::string trusted_root_json;
  std::string digest;  // the one to verify
};

MintedLegacyCase MakeLegacyCase(const LegacyCase& legacy_case, Sigstore& sigstore);
const std::vector<LegacyCase>& AllLegacyCases();
// Ends the process when there is none.
const LegacyCase& LegacyCaseNamed(std::string_view name);

}  // namespace chartseal::sandbox
