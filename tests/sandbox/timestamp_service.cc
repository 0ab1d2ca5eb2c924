#include <openssl/ts.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/signing_services.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

struct Query {
  TstInfoSpec info;
  bool with_certificate = false;
};

HttpResponse Error(int code, const std::string& message) {
  return MakeResponse(code, "application/json", json{{"code", code}, {"message", message}}.dump());
}

bool SetImprint(std::string imprint, TstInfoSpec* info) {
  info->hash = imprint.size() == 48   ? HashAlgorithm::kSha384
               : imprint.size() == 64 ? HashAlgorithm::kSha512
                                      : HashAlgorithm::kSha256;
  const bool known = imprint.size() == 32 || imprint.size() == 48 || imprint.size() == 64;
  info->imprint = std::move(imprint);
  return known;
}

std::string Magnitude(const ASN1_INTEGER* integer) {
  BIGNUM* number = ASN1_INTEGER_to_BN(integer, nullptr);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return bytes;
}

bool ParseDer(const std::string& body, Query* query) {
  const unsigned char* cursor = reinterpret_cast<const unsigned char*>(body.data());
  TS_REQ* request = d2i_TS_REQ(nullptr, &cursor, static_cast<long>(body.size()));
  if (request == nullptr) return false;
  const ASN1_OCTET_STRING* imprint = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(request));
  const bool known = SetImprint(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(imprint)),
                                            static_cast<size_t>(ASN1_STRING_length(imprint))),
                                &query->info);
  if (TS_REQ_get_nonce(request) != nullptr) query->info.nonce = Magnitude(TS_REQ_get_nonce(request));
  query->with_certificate = TS_REQ_get_cert_req(request) != 0;
  TS_REQ_free(request);
  return known;
}

bool ParseJson(const std::string& body, Query* query) {
  const json request = json::parse(body, nullptr, false);
  std::string imprint;
  if (!request.is_object() || !Base64Decode(request.value("artifactHash", ""), &imprint)) return false;
  query->with_certificate = request.value("certificates", false);
  if (request.contains("nonce") && request["nonce"].is_number_unsigned()) {
    query->info.nonce = BigEndian(request["nonce"].get<uint64_t>(), 8);
  }
  return SetImprint(std::move(imprint), &query->info);
}

}  // namespace

HttpResponse TimestampService::Handle(const HttpRequest& request, absl::Time now) const {
  if (request.path == "/ping") return MakeResponse(200, "application/json", "{}");
  if (request.path == "/api/v1/timestamp/certchain") {
    std::string pem;
    for (const std::string& certificate : tsa_.Chain()) pem += PemEncode("CERTIFICATE", certificate);
    return MakeResponse(200, "application/pem-certificate-chain", pem);
  }
  if (request.path != "/api/v1/timestamp" || request.method != "POST") return Error(404, "no such path");
  Query query;
  const std::string type = request.Header("content-type").value_or("");
  const bool parsed =
      type.starts_with("application/json") ? ParseJson(request.body, &query) : ParseDer(request.body, &query);
  if (!parsed) return Error(400, "Error parsing timestamp request: not a query with a SHA-2 imprint");
  query.info.serial = RandomBytes(12);
  query.info.gen_time = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  return MakeResponse(201, "application/timestamp-reply", tsa_.Respond(query.info, query.with_certificate));
}

}  // namespace chartseal::sandbox
