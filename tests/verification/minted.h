#pragma once

#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy.h"
#include "verifier/policy/policy_file.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/candidate.h"

// Signatures by the tests' own private Sigstore, and what asks for them.
namespace chartseal {

inline void PrintTo(Reason reason, std::ostream* out) { *out << Name(reason); }

}  // namespace chartseal

namespace chartseal::verification {

inline constexpr std::string_view kIdentity =
    "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
inline constexpr std::string_view kIssuer = "https://token.actions.githubusercontent.com";
inline constexpr std::string_view kProvenance = "https://slsa.dev/provenance/v1";
inline constexpr std::string_view kSbom = "https://spdx.dev/Document";

inline sandbox::Sigstore& TestSigstore() {
  static auto* const sigstore = new sandbox::Sigstore();
  return *sigstore;
}

inline const sigstore::TrustedRoot& TestRoot() {
  static const auto* const root = new sigstore::TrustedRoot(
      sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(TestSigstore()), "test root").value());
  return *root;
}

// -- What is signed.

inline sandbox::MintRequest RequestFor(const crypto::Digest& digest) {
  sandbox::MintRequest request;
  request.artifact_sha256 = digest.hex();
  return request;
}

inline std::string MintSignature(const crypto::Digest& digest) {
  return TestSigstore().Mint(RequestFor(digest));
}

inline std::string MintSignatureBy(const sandbox::Identity& identity, const crypto::Digest& digest) {
  sandbox::MintRequest request = RequestFor(digest);
  request.identity = identity;
  return TestSigstore().Mint(request);
}

inline sandbox::Identity OtherWorkflow() {
  return sandbox::GitHubWorkflow("evil/app", "release.yml", "refs/tags/v1.2.3");
}

inline std::string MintAttestation(const crypto::Digest& digest, std::string_view type = kProvenance) {
  sandbox::MintRequest request = RequestFor(digest);
  request.statement.predicate_type = type;
  return TestSigstore().Mint(request);
}

inline std::string MintMessageSignature(std::string artifact) {
  sandbox::MintRequest request;
  request.artifact = std::move(artifact);
  request.content = sandbox::ContentKind::kMessageSignature;
  return TestSigstore().Mint(request);
}

inline std::string MintAnnotated(const crypto::Digest& digest,
                                 std::map<std::string, std::string> annotations) {
  sandbox::MintRequest request = RequestFor(digest);
  request.statement.subjects = {{"", {{"sha256", digest.hex()}}, std::move(annotations)}};
  return TestSigstore().Mint(request);
}

inline std::string MintKeyed(const crypto::Digest& digest, const sandbox::Key& key) {
  sandbox::MintRequest request = RequestFor(digest);
  request.key = key;
  request.managed_key = true;
  return TestSigstore().Mint(request);
}

// One layer of a `.sig` manifest (spec/sigstore.md §1.1).
struct LegacyLayer {
  std::string payload;
  std::map<std::string, std::string> annotations;
};

// `optional_json` is the payload's `optional`.
inline LegacyLayer MintLegacy(const crypto::Digest& digest, std::string_view optional_json = "null",
                              sandbox::MintRequest request = {}) {
  request.artifact = Cat(R"({"critical":{"identity":{"docker-reference":"registry.test/acme/app"},"image":)",
                         R"({"docker-manifest-digest":")", digest.ToString(),
                         R"("},"type":"cosign container image signature"},"optional":)", optional_json, "}");
  request.content = sandbox::ContentKind::kMessageSignature;
  const sandbox::Minted minted = TestSigstore().MintDetailed(request);
  const sandbox::LogEntry& entry = minted.log_entries[0];
  Node payload = Node::MakeMap();
  payload.Set("body", sandbox::Base64Encode(entry.body));
  payload.Set("integratedTime", Node::Integer(entry.integrated_time));
  payload.Set("logIndex", Node::Integer(entry.log_index));
  payload.Set("logID", sandbox::HexEncode(entry.log_id));
  Node bundle = Node::MakeMap();
  bundle.Set("SignedEntryTimestamp", sandbox::Base64Encode(entry.signed_entry_timestamp));
  bundle.Set("Payload", std::move(payload));
  return {request.artifact,
          {{"dev.cosignproject.cosign/signature", sandbox::Base64Encode(minted.signature)},
           {"dev.sigstore.cosign/certificate", sandbox::PemEncode("CERTIFICATE", minted.certificate)},
           {"dev.sigstore.cosign/chain", ""},
           {"dev.sigstore.cosign/bundle", WriteJson(bundle)}}};
}

// -- Candidates, as FetchEvidence makes them.

inline Candidate BundleCandidate(const std::string& json, std::string source = "a bundle") {
  auto bundle = sigstore::Bundle::ParseJson(json, source);
  if (!bundle.ok()) return {Layout::kBundleReferrer, source, bundle.status()};
  return {Layout::kBundleReferrer, source, *std::move(bundle)};
}

inline Candidate LegacyCandidate(const LegacyLayer& layer, std::string source = "a legacy layer") {
  auto signature = sigstore::LegacySignature::Create(sigstore::LegacySignature::Kind::kSimpleSigning,
                                                     layer.payload, layer.annotations, source);
  if (!signature.ok()) return {Layout::kLegacyTag, source, signature.status()};
  return {Layout::kLegacyTag, source, *std::move(signature)};
}

// -- What is asked for.

inline policy::Identity IdentityOf(std::string_view subject, std::string_view issuer = kIssuer) {
  policy::Identity identity;
  identity.subjects.push_back(policy::TextMatcher::Exactly(std::string(subject)));
  identity.issuers.push_back(policy::TextMatcher::Exactly(std::string(issuer)));
  return identity;
}

inline policy::Authority KeylessAuthority(std::string name, policy::Identity identity) {
  policy::Authority authority;
  authority.name = std::move(name);
  authority.identities.push_back(std::move(identity));
  return authority;
}

inline policy::Authority KeyAuthority(std::string name, const sandbox::Key& key) {
  policy::Authority authority;
  authority.name = std::move(name);
  authority.key = policy::ReadKey(key.SpkiPem(), "", "test key").value();
  return authority;
}

// A signature by the release workflow; change it as needed.
inline policy::Requirement SignedByWorkflow() {
  policy::Requirement requirement;
  requirement.authorities.push_back(KeylessAuthority("release", IdentityOf(kIdentity)));
  return requirement;
}

inline policy::Requirement AttestedByWorkflow(std::string_view type = kProvenance) {
  policy::Requirement requirement = SignedByWorkflow();
  requirement.signature = false;
  requirement.attestation_types.emplace_back(type);
  return requirement;
}

}  // namespace chartseal::verification
