#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/signing_services.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

HttpResponse JsonResponse(int status, const json& body) {
  return MakeResponse(status, "application/json", body.dump());
}

HttpResponse Error(int status, int code, const std::string& message) {
  return JsonResponse(status, {{"code", code}, {"message", message}, {"details", json::array()}});
}

HttpResponse BadRequest(const std::string& message) {
  constexpr int kInvalidArgument = 3;
  return Error(400, kInvalidArgument, message);
}

json PemList(const std::vector<std::string>& chain) {
  json list = json::array();
  for (const std::string& certificate : chain) list.push_back(PemEncode("CERTIFICATE", certificate));
  return list;
}

std::string BearerToken(const HttpRequest& request, const json& body) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string header = request.Header("authorization").value_or("");
  if (header.starts_with(kBearer)) return header.substr(kBearer.size());
  return body.value(json::json_pointer("/credentials/oidcIdentityToken"), "");
}

// The public key info that the request proves to hold, or "" with the reason.
std::string ProvenKey(const json& body, const std::string& subject, std::string* error) {
  std::string decoded;
  if (body.contains("certificateSigningRequest")) {
    Base64Decode(body.value("certificateSigningRequest", ""), &decoded);
    const std::string spki = SpkiOfPem(decoded);
    if (spki.empty()) *error = "The certificate signing request is malformed or not signed by its key";
    return spki;
  }
  const std::string pem = body.value(json::json_pointer("/publicKeyRequest/publicKey/content"), "");
  const std::string proof = body.value(json::json_pointer("/publicKeyRequest/proofOfPossession"), "");
  const std::string spki = SpkiOfPem(pem);
  if (spki.empty()) {
    *error = "The public key supplied in the request could not be parsed";
    return "";
  }
  if (Base64Decode(proof, &decoded) && VerifyWithSpki(spki, subject, decoded)) return spki;
  *error = "The signature supplied in the request could not be verified";
  return "";
}

}  // namespace

HttpResponse FulcioService::IssueCertificate(const HttpRequest& request, absl::Time now) const {
  constexpr int kUnauthenticated = 16;
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return BadRequest("the request is not a JSON object");
  json claims;
  const std::string refusal = issuer_.Check(BearerToken(request, body), now, &claims);
  if (!refusal.empty()) {
    return Error(401, kUnauthenticated, "There was an error processing the identity token: " + refusal);
  }
  std::string error;
  const std::string spki = ProvenKey(body, ProofSubject(claims), &error);
  if (spki.empty()) return BadRequest(error);
  const absl::Time not_before = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  std::vector<std::string> chain = sigstore_.ca().Chain();
  chain.insert(chain.begin(),
               sigstore_.ca().Issue({spki, IdentityOfClaims(claims), not_before}, {&sigstore_.ct_log()}));
  return JsonResponse(200,
                      {{"signedCertificateEmbeddedSct", {{"chain", {{"certificates", PemList(chain)}}}}}});
}

HttpResponse FulcioService::Handle(const HttpRequest& request, absl::Time now) const {
  if (request.path == "/api/v2/signingCert" && request.method == "POST")
    return IssueCertificate(request, now);
  if (request.path == "/api/v2/trustBundle") {
    return JsonResponse(200,
                        {{"chains", json::array({{{"certificates", PemList(sigstore_.ca().Chain())}}})}});
  }
  if (request.path == "/api/v1/rootCert") {
    return MakeResponse(200, "application/pem-certificate-chain",
                        PemEncode("CERTIFICATE", sigstore_.ca().root()));
  }
  if (request.path == "/api/v2/configuration") {
    const json issuer = {{"issuerUrl", issuer_.url()},
                         {"audience", "sigstore"},
                         {"challengeClaim", "sub"},
                         {"issuerType", "ci-provider"}};
    return JsonResponse(200, {{"issuers", json::array({issuer})}});
  }
  if (request.path == "/healthz") return JsonResponse(200, {{"status", "SERVING"}});
  return Error(404, 5, "Not Found");
}

}  // namespace chartseal::sandbox
