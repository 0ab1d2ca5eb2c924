#include "publisher/signing/rekor_v2.h"

#include "publisher/signing/rekor_kind.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kEntries = "/api/v2/log/entries";
constexpr std::string_view kWhere = "answer";

// Each signature of an elliptic curve is another one; one of RSA is the same for the same content.
constexpr std::string_view kConflictAdvice =
    "the log has this very signature already and does not hand out old entries; sign again, which makes a "
    "new "
    "signature unless the key is RSA";

bool HasText(const Node& entry, std::initializer_list<std::string_view> path) {
  const Node* member = entry.FindPath(path);
  return member != nullptr && member->is_string() && !member->string_value().empty();
}

}  // namespace

absl::StatusOr<Node> EntryFromRekorV2(std::string_view answer) {
  const JsonLimits json_limits = {.max_bytes = limits::kMaxServiceAnswerBytes, .max_nodes = 10'000};
  ASSIGN_OR_RETURN(Node entry, ParseJson(answer, kWhere, json_limits));
  if (!entry.is_map()) return Malformed(Reason::kRekorFailed, kWhere, "expected an object");
  // What it proves, the self-verification says; here only whether it is an entry at all.
  const std::pair<std::string_view, bool> needed[] = {
      {"logId.keyId", HasText(entry, {"logId", "keyId"})},
      {"kindVersion.kind", HasText(entry, {"kindVersion", "kind"})},
      {"inclusionProof.rootHash", HasText(entry, {"inclusionProof", "rootHash"})},
      {"inclusionProof.checkpoint.envelope", HasText(entry, {"inclusionProof", "checkpoint", "envelope"})},
      {"canonicalizedBody", HasText(entry, {"canonicalizedBody"})}};
  for (const auto& [name, is_there] : needed) {
    if (!is_there) return Malformed(Reason::kRekorFailed, kWhere, Cat("no log entry: ", name, " is missing"));
  }
  return entry;
}

absl::StatusOr<Node> PostToRekorV2(const ServiceCaller& caller, std::string_view base_url, Node request,
                                   absl::Time deadline) {
  ASSIGN_OR_RETURN(const net::Url url, ServiceUrl(kRekor, base_url, kEntries));
  const std::string body = WriteJson(Node::MakeMap().Set("hashedRekordRequestV002", std::move(request)));
  const ServiceRequest call = {.url = url, .content_type = "application/json", .body = body};
  ASSIGN_OR_RETURN(const net::HttpResponse response, CallService(caller, kRekor, call, deadline));
  if (!response.ok()) {
    const bool conflict = response.status == 409;
    return ServiceError(kRekor, call, response, conflict ? kConflictAdvice : RekorAdvice(response.status));
  }
  auto entry = EntryFromRekorV2(response.body);
  if (!entry.ok()) return BadAnswer(kRekor, url, Message(entry.status()));
  return entry;
}

}  // namespace chartseal::publisher
