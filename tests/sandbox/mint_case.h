#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/mint.h"
#include "tests/sandbox/trusted_root_file.h"

// A named catalogue of bundles that break exactly one rule of spec/sigstore.md, and of unusual ones that
// break none.
//
//   const MintedCase c = MakeCase(MintCaseNamed("set-signed-by-another-key"), sigstore);
//   verify c.bundle_json with c.trusted_root_json, c.artifact and the identity of a default MintRequest
//
// The trusted root belongs to the case: some need an authority of their own in it.
namespace chartseal::sandbox {

// What a case starts from: a v0.3 bundle by log version and content; kV1Stamped has a timestamp beside the
// promise.
enum class Shape { kV1Dsse, kV1Message, kV1Stamped, kV2Dsse, kV2Message };

MintRequest RequestOf(Shape shape);

// A case in the making.
struct CaseDraft {
  Sigstore& sigstore;
  MintRequest request;
  TrustedRootOptions trust;
  std::vector<std::shared_ptr<const void>> kept;

  LogHooks& log() { return request.logs[0].hooks; }
  TimestampHooks& stamp() { return request.timestamps[0].hooks; }
  // An object that lives as long as the draft.
  template <typename T, typename... Arguments>
  T* Keep(Arguments&&... arguments) {
    auto object = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    kept.push_back(object);
    return object.get();
  }
  // A second authority of the same validity as the Sigstore's; in the trusted root unless `trusted` is false.
  // The request uses it.
  void UseAuthority(CertificateAuthorityOptions options, bool trusted = true);
  void UseTsa(TimestampAuthorityOptions options, bool trusted = true);
};

struct MintCase {
  const char* name;  // kebab-case, unique
  const char* rule;  // section of spec/sigstore.md
  bool valid;        // true: a conforming verifier accepts it
  Shape shape;
  void (*edit)(CaseDraft&);
};

struct MintedCase {
  std::string bundle_json;
  std::string trusted_root_json;
  std::string artifact;
  std::string artifact_sha256;  // hex
};

MintedCase MakeCase(const MintCase& mint_case, Sigstore& sigstore);

const std::vector<MintCase>& AllMintCases();
// Ends the process when there is none.
const MintCase& MintCaseNamed(std::string_view name);

// The parts of the catalogue, one per file.
std::vector<MintCase> BundleCases();
std::vector<MintCase> LogCases();
std::vector<MintCase> CheckpointCases();
std::vector<MintCase> TimestampCases();
std::vector<MintCase> CertificateCases();
std::vector<MintCase> SctCases();
std::vector<MintCase> ContentCases();

}  // namespace chartseal::sandbox
