#include "publisher/signing/service_call.h"
#include "publisher/signing/services.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/der_reader.h"
#include "verifier/crypto/digest.h"
#include "verifier/sigstore/timestamp_token.h"

// The HTTP profile of RFC 3161 (§3.4 there; spec/sigstore.md §5.3).
namespace chartseal::publisher {
namespace {

constexpr ServiceKind kTimestampAuthority = {"timestamp authority", Reason::kTimestampFailed,
                                             limits::kTimestampTime};

// TimeStampReq ::= SEQUENCE { version 1, messageImprint { { sha256, NULL }, digest } }, without nonce and
// certReq as Sigstore's own clients: the digest is of a signature made just now, so an old answer cannot
// pass for a new one, and the authority's certificate is in the trusted root.
std::string TimestampQuery(std::string_view digest) {
  constexpr std::string_view kSha256Oid("\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9);
  using crypto::DerEncode;
  const std::string algorithm = DerEncode(
      crypto::der::kSequence, DerEncode(crypto::der::kOid, kSha256Oid) + DerEncode(crypto::der::kNull, ""));
  const std::string imprint =
      DerEncode(crypto::der::kSequence, algorithm + DerEncode(crypto::der::kOctetString, digest));
  return DerEncode(crypto::der::kSequence, DerEncode(crypto::der::kInteger, "\x01") + imprint);
}

absl::Status CheckAnswer(const net::Url& url, std::string_view answer, std::string_view digest) {
  if (answer.size() > limits::kMaxTimestampBytes) {
    return BadAnswer(kTimestampAuthority, url,
                     Cat("its answer has ", answer.size(), " bytes; at most ", limits::kMaxTimestampBytes,
                         " are stored in a bundle"));
  }
  const auto token = sigstore::ReadTimestampToken(answer);
  if (!token.ok()) return BadAnswer(kTimestampAuthority, url, token.rejection().ToString());
  if (token->imprint != digest) {
    return BadAnswer(kTimestampAuthority, url, "the timestamp is over something else than what was sent");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> RequestTimestamp(const ServiceCaller& caller, std::string_view timestamp_url,
                                             std::string_view signature, absl::Time deadline) {
  ASSIGN_OR_RETURN(const net::Url url, ServiceUrl(kTimestampAuthority, timestamp_url, ""));
  const std::string digest = crypto::Sha256(signature);
  const std::string query = TimestampQuery(digest);
  const ServiceRequest request = {.url = url,
                                  .content_type = "application/timestamp-query",
                                  .accept = "application/timestamp-reply",
                                  .body = query};
  ASSIGN_OR_RETURN(net::HttpResponse response, CallService(caller, kTimestampAuthority, request, deadline));
  if (!response.ok()) return ServiceError(kTimestampAuthority, request, response, "");
  RETURN_IF_ERROR(CheckAnswer(url, response.body, digest));
  return std::move(response.body);
}

}  // namespace chartseal::publisher
