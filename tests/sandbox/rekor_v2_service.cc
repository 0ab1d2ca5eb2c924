#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/signing_services.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

HttpResponse Error(int status, int code, const std::string& message) {
  return MakeResponse(status, "application/json",
                      json{{"code", code}, {"message", message}, {"details", json::array()}}.dump());
}

std::string BytesAt(const json& document, const char* pointer) {
  std::string bytes;
  const std::string text = document.value(json::json_pointer(pointer), std::string());
  return Base64Decode(text, &bytes) ? bytes : "";
}

// "" when the request may be logged as `logged`, else why not.
std::string Refusal(const json& request, LoggedSignature* logged) {
  logged->digest = BytesAt(request, "/digest");
  logged->signature = BytesAt(request, "/signature/content");
  logged->key_details = request.value(json::json_pointer("/signature/verifier/keyDetails"), std::string());
  logged->verifier_der = BytesAt(request, "/signature/verifier/x509Certificate/rawBytes");
  logged->verifier_is_certificate = !logged->verifier_der.empty();
  std::string spki;
  if (logged->verifier_is_certificate) {
    spki = SpkiOfPem(PemEncode("CERTIFICATE", logged->verifier_der));
  } else {
    logged->verifier_der = spki = BytesAt(request, "/signature/verifier/publicKey/rawBytes");
  }
  if (spki.empty()) return "missing or malformed verifier";
  if (KeyDetailsOfSpki(spki) != logged->key_details)
    return "unsupported key algorithm " + logged->key_details;
  if (!VerifyDigestWithSpki(spki, logged->digest, logged->signature))
    return "verifying signature: invalid signature";
  return "";
}

}  // namespace

HttpResponse RekorV2Service::Handle(const HttpRequest& request) {
  constexpr int kInvalidArgument = 3;
  constexpr int kAlreadyExists = 6;
  if (request.path == "/healthz") return MakeResponse(200, "application/json", "{\"status\":\"SERVING\"}");
  if (request.path != "/api/v2/log/entries" || request.method != "POST") return Error(404, 5, "Not Found");
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("hashedRekordRequestV002")) {
    return Error(400, kInvalidArgument, "the request holds no hashedRekordRequestV002");
  }
  LoggedSignature logged;
  const std::string refusal = Refusal(body["hashedRekordRequestV002"], &logged);
  if (!refusal.empty()) return Error(400, kInvalidArgument, "invalid hashedrekord request: " + refusal);
  json canonical = HashedRekordV2Body(logged);
  const std::string text = canonical.dump();
  if (responses_by_body_.count(text) != 0)
    return Error(409, kAlreadyExists, "an equivalent entry already exists");
  const LogEntry entry = log_.Append(std::move(canonical));
  return MakeResponse(201, "application/json", responses_by_body_[text] = TlogEntryJson(entry).dump());
}

}  // namespace chartseal::sandbox
