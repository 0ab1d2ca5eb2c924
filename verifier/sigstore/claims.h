#pragma once

#include <array>
#include <string>
#include <string_view>

#include "verifier/base/verdict.h"
#include "verifier/crypto/certificate.h"

namespace chartseal::sigstore {

// What a Fulcio certificate says about its holder (spec/sigstore.md §4.12).
struct Claims {
  enum class IdentityKind { kUri, kEmail, kUsername };
  IdentityKind identity_kind = IdentityKind::kUri;
  std::string identity;  // the one subject alternative name
  std::string issuer;    // .8, else .1

  // Extension 1.3.6.1.4.1.57264.1.N at index N, decoded; empty when absent. 1..24; 7 is never an extension.
  static constexpr int kHighestNumber = 24;
  std::array<std::string, kHighestNumber + 1> extensions;

  // The value of the claim with this name, e.g. "sourceRepositoryURI"; empty when absent or the name is
  // unknown.
  std::string_view Get(std::string_view name) const;
};

// The policy and JSON names of the extensions, as ClusterImagePolicy and sigstore-go spell them
// ("buildSignerURI", "githubWorkflowTrigger", ...). Returns 0 for an unknown name; the empty string for a
// number without a name. The issuers (.1 and .8) have none: Claims::issuer is where to look.
int ClaimNumber(std::string_view name);
std::string_view ClaimName(int number);

// Rejections: kIdentityAmbiguous (not exactly one SAN, or one that is no identity), kIssuerAmbiguous (.1 and
// .8 differ), kClaimsMalformed (an extension that does not decode, invalid UTF-8, control characters in the
// identity, or no issuer at all).
// Unknown numbers are ignored.
Checked<Claims> ReadClaims(const crypto::Certificate& certificate);

}  // namespace chartseal::sigstore
