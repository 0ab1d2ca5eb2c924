#include "cli/predicate_names.h"

#include <array>
#include <utility>

#include "cli/flags.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kShortNames = {{
    {"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
    {"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
    {"slsaprovenance1", "https://slsa.dev/provenance/v1"},
    {"spdx", "https://spdx.dev/Document"},
    {"spdxjson", "https://spdx.dev/Document"},
    {"cyclonedx", "https://cyclonedx.org/bom"},
    {"link", "https://in-toto.io/Link/v1"},
    {"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
    {"openvex", "https://openvex.dev/ns"},
    {"custom", "https://cosign.sigstore.dev/attestation/v1"},
}};

}  // namespace

absl::StatusOr<std::string> PredicateType(std::string_view text) {
  std::string known;
  for (const auto& [name, uri] : kShortNames) {
    if (name == text) return std::string(uri);
    known += Cat(known.empty() ? "" : ", ", name);
  }
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && colon > 0) return std::string(text);
  return UsageError(Cat("--type: \"", Printable(text, 80), "\" is neither a URI nor one of ", known));
}

}  // namespace chartseal::cli
