#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/mint_case.h"
#include "verifier/base/encoding.h"
#include "verifier/crypto/certificate.h"
#include "verifier/sigstore/trusted_root.h"

// Cases of the sandbox's catalogue, taken apart for tests of single rules.
namespace chartseal::sigstore {

struct CaseParts {
  TrustedRoot root;
  crypto::Certificate leaf;
  std::string signature;            // raw
  std::vector<std::string> tokens;  // DER TimeStampResp
};

inline sandbox::Sigstore& SharedSandbox() {
  static auto* sandbox = new sandbox::Sigstore;
  return *sandbox;
}

inline std::string FromBase64(const nlohmann::json& text) {
  return Base64Decode(text.get<std::string>()).value();
}

inline CaseParts Take(const sandbox::MintedCase& minted) {
  const auto bundle = nlohmann::json::parse(minted.bundle_json);
  const auto& material = bundle["verificationMaterial"];
  const auto& certificate = material.contains("certificate")
                                ? material["certificate"]
                                : material["x509CertificateChain"]["certificates"][0];
  CaseParts parts{TrustedRoot::ParseJson(minted.trusted_root_json, "root").value(),
                  crypto::Certificate::FromDer(FromBase64(certificate["rawBytes"])).value(),
                  "",
                  {}};
  parts.signature = bundle.contains("dsseEnvelope")
                        ? FromBase64(bundle["dsseEnvelope"]["signatures"][0]["sig"])
                        : FromBase64(bundle["messageSignature"]["signature"]);
  if (material.contains("timestampVerificationData")) {
    for (const auto& stamp : material["timestampVerificationData"]["rfc3161Timestamps"]) {
      parts.tokens.push_back(FromBase64(stamp["signedTimestamp"]));
    }
  }
  return parts;
}

inline CaseParts PartsOf(std::string_view case_name) {
  return Take(sandbox::MakeCase(sandbox::MintCaseNamed(case_name), SharedSandbox()));
}

// A case of one's own: the shape, then `edit`.
inline CaseParts PartsOf(sandbox::Shape shape, void (*edit)(sandbox::CaseDraft&)) {
  return Take(sandbox::MakeCase({"own", "", false, shape, edit}, SharedSandbox()));
}

}  // namespace chartseal::sigstore
