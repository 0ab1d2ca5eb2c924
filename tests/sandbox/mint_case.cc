#include "tests/sandbox/mint_case.h"

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

std::vector<MintCase> Collect() {
  std::vector<MintCase> all;
  for (const auto& part : {BundleCases(), LogCases(), CheckpointCases(), TimestampCases(), CertificateCases(),
                           SctCases(), ContentCases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace

MintRequest RequestOf(Shape shape) {
  MintRequest request;
  if (shape == Shape::kV1Message || shape == Shape::kV2Message)
    request.content = ContentKind::kMessageSignature;
  if (shape == Shape::kV2Dsse || shape == Shape::kV2Message) request.logs = {LogRequest::V2()};
  if (shape != Shape::kV1Dsse && shape != Shape::kV1Message) request.timestamps = {TimestampRequest()};
  return request;
}

void CaseDraft::UseAuthority(CertificateAuthorityOptions options, bool trusted) {
  options.common_name = "sandbox-two";
  if (options.not_before == absl::Time()) options.not_before = sigstore.start();
  if (options.not_after == absl::Time()) options.not_after = sigstore.end();
  const auto* authority = Keep<CertificateAuthority>(options);
  if (trusted) trust.extra_authorities.push_back(authority);
  request.ca = authority;
}

void CaseDraft::UseTsa(TimestampAuthorityOptions options, bool trusted) {
  options.common_name = "sandbox-tsa-two";
  if (options.not_before == absl::Time()) options.not_before = sigstore.start();
  if (options.not_after == absl::Time()) options.not_after = sigstore.end();
  const auto* authority = Keep<TimestampAuthority>(options);
  if (trusted) trust.extra_tsas.push_back(authority);
  request.timestamps[0].tsa = authority;
}

MintedCase MakeCase(const MintCase& mint_case, Sigstore& sigstore) {
  CaseDraft draft{sigstore, RequestOf(mint_case.shape), {}, {}};
  mint_case.edit(draft);
  const Minted minted = sigstore.MintDetailed(draft.request);
  return {minted.bundle_json, TrustedRootJson(sigstore, draft.trust), draft.request.artifact,
          HexEncode(Sha256(draft.request.artifact))};
}

const std::vector<MintCase>& AllMintCases() {
  static const auto* cases = new std::vector<MintCase>(Collect());
  return *cases;
}

const MintCase& MintCaseNamed(std::string_view name) {
  for (const MintCase& mint_case : AllMintCases()) {
    if (name == mint_case.name) return mint_case;
  }
  Require(false, "no mint case is called " + std::string(name));
  return AllMintCases().front();
}

}  // namespace chartseal::sandbox
