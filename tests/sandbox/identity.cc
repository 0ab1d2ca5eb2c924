#include "tests/sandbox/identity.h"

#include "tests/sandbox/der_writer.h"

namespace chartseal::sandbox {
namespace {

constexpr char kOtherNameOid[] = "1.3.6.1.4.1.57264.1.7";
constexpr int kLastRawClaim = 6;

std::string EncodeGeneralName(const San& san) {
  switch (san.kind) {
    case SanKind::kEmail:
      return der::ImplicitPrimitive(1, san.value);
    case SanKind::kDns:
      return der::ImplicitPrimitive(2, san.value);
    case SanKind::kUri:
      return der::ImplicitPrimitive(6, san.value);
    case SanKind::kOtherName:
      return der::ImplicitConstructed(0,
                                      der::Oid(kOtherNameOid) + der::Explicit(0, der::Utf8String(san.value)));
  }
  return "";
}

std::map<int, std::string> AllClaims(const Identity& identity) {
  std::map<int, std::string> claims;
  if (identity.with_issuer_v1) claims[1] = identity.issuer;
  if (identity.with_issuer_v2) claims[8] = identity.issuer;
  for (const auto& [n, value] : identity.claims) claims[n] = value;
  return claims;
}

}  // namespace

Identity GitHubWorkflow(std::string_view repository, std::string_view workflow, std::string_view ref,
                        std::string_view issuer) {
  const std::string repo(repository);
  const std::string uri = "https://github.com/" + repo;
  const std::string owner = repo.substr(0, repo.find('/'));
  const std::string build = uri + "/.github/workflows/" + std::string(workflow) + "@" + std::string(ref);
  const std::string commit = "3f2b6c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b";
  Identity identity;
  identity.sans = {{SanKind::kUri, build}};
  identity.issuer = std::string(issuer);
  identity.claims = {
      {2, "push"},
      {3, commit},
      {4, "Release"},
      {5, repo},
      {6, std::string(ref)},
      {9, build},
      {10, commit},
      {11, "github-hosted"},
      {12, uri},
      {13, commit},
      {14, std::string(ref)},
      {15, "740123456"},
      {16, "https://github.com/" + owner},
      {17, "91234567"},
      {18, build},
      {19, commit},
      {20, "push"},
      {21, uri + "/actions/runs/9876543210/attempts/1"},
      {22, "public"},
      {24, "repo:" + repo + ":ref:" + std::string(ref)},
  };
  return identity;
}

Identity Email(std::string_view address, std::string_view issuer) {
  Identity identity;
  identity.sans = {{SanKind::kEmail, std::string(address)}};
  identity.issuer = std::string(issuer);
  return identity;
}

Identity Uri(std::string_view uri, std::string_view issuer) {
  Identity identity;
  identity.sans = {{SanKind::kUri, std::string(uri)}};
  identity.issuer = std::string(issuer);
  return identity;
}

Identity Username(std::string_view name, std::string_view issuer) {
  Identity identity;
  identity.sans = {{SanKind::kOtherName, std::string(name)}};
  identity.issuer = std::string(issuer);
  return identity;
}

std::string FulcioOid(int n) { return "1.3.6.1.4.1.57264.1." + std::to_string(n); }

Extension FulcioExtension(int n, std::string_view value) {
  return {FulcioOid(n), false, n <= kLastRawClaim ? std::string(value) : der::Utf8String(value)};
}

Extension SubjectAltNameExtension(const std::vector<San>& sans, bool critical) {
  std::vector<std::string> names;
  for (const San& san : sans) names.push_back(EncodeGeneralName(san));
  return {kOidSubjectAltName, critical, der::Sequence(names)};
}

std::vector<Extension> IdentityExtensions(const Identity& identity) {
  std::vector<Extension> extensions;
  if (!identity.sans.empty()) {
    extensions.push_back(SubjectAltNameExtension(identity.sans, identity.san_critical));
  }
  for (const auto& [n, value] : AllClaims(identity)) extensions.push_back(FulcioExtension(n, value));
  return extensions;
}

}  // namespace chartseal::sandbox
