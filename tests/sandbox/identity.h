#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/certificate_spec.h"

// What a Fulcio certificate says about its holder (spec/sigstore.md §4.12).
namespace chartseal::sandbox {

enum class SanKind { kUri, kEmail, kDns, kOtherName };

struct San {
  SanKind kind = SanKind::kUri;
  std::string value;
};

struct Identity {
  std::vector<San> sans;
  bool san_critical = true;
  std::string issuer;          // written as .1 (raw) and .8 (UTF8String)
  bool with_issuer_v1 = true;  // .1
  bool with_issuer_v2 = true;  // .8
  // By the last arc under 1.3.6.1.4.1.57264.1: 2 to 6 are written raw, all others as UTF8String. An entry for
  // 1 or 8 replaces the issuer there.
  std::map<int, std::string> claims;
};

// A GitHub Actions workflow with all claims 2 to 22 and 24. `workflow` is a file name, e.g. "release.yml";
// `ref` is full, e.g. "refs/tags/v1.2.3".
Identity GitHubWorkflow(std::string_view repository, std::string_view workflow, std::string_view ref,
                        std::string_view issuer = "https://token.actions.githubusercontent.com");
Identity Email(std::string_view address, std::string_view issuer);
// One URI and an issuer, no further claims.
Identity Uri(std::string_view uri, std::string_view issuer);
// Fulcio's `username` issuers: an otherName SAN.
Identity Username(std::string_view name, std::string_view issuer);

// "1.3.6.1.4.1.57264.1.<n>".
std::string FulcioOid(int n);
Extension FulcioExtension(int n, std::string_view value);
Extension SubjectAltNameExtension(const std::vector<San>& sans, bool critical);
// SAN first, then the claims in ascending order.
std::vector<Extension> IdentityExtensions(const Identity& identity);

}  // namespace chartseal::sandbox
