#include "publisher/signing/rekor_v1.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "publisher/signing/rekor_kind.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kEntries = "/api/v1/log/entries";
constexpr std::string_view kWhere = "answer";
constexpr JsonLimits kAnswerLimits = {.max_bytes = limits::kMaxServiceAnswerBytes, .max_nodes = 10'000};

std::string Number(int64_t value) { return Cat(value); }

// A member in hex, as v1 writes hashes, in base64, as bundles do.
absl::StatusOr<std::string> HexAsBase64(ObjectReader& reader, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string hex, reader.String(name));
  const auto bytes = HexDecode(hex);
  if (!bytes.ok() || bytes->empty()) return reader.ErrorAt(name, "expected hexadecimal digits");
  return Base64Encode(*bytes);
}

absl::StatusOr<Node> ReadHashes(ObjectReader& proof) {
  ASSIGN_OR_RETURN(const std::vector<std::string> hashes, proof.Strings("hashes", limits::kMaxProofHashes));
  Node list = Node::MakeList();
  for (const std::string& hex : hashes) {
    const auto bytes = HexDecode(hex);
    if (!bytes.ok()) return proof.ErrorAt("hashes", "expected hexadecimal digits");
    list.Append(Node::String(Base64Encode(*bytes)));
  }
  return list;
}

absl::StatusOr<Node> ReadProof(ObjectReader& verification) {
  ASSIGN_OR_RETURN(ObjectReader proof, verification.Object("inclusionProof"));
  ASSIGN_OR_RETURN(const int64_t index, proof.Int64Or("logIndex", 0));
  ASSIGN_OR_RETURN(const std::string root, HexAsBase64(proof, "rootHash"));
  ASSIGN_OR_RETURN(const int64_t size, proof.Int64Or("treeSize", 0));
  ASSIGN_OR_RETURN(Node hashes, ReadHashes(proof));
  ASSIGN_OR_RETURN(const std::string checkpoint, proof.String("checkpoint"));
  Node out = Node::MakeMap();
  out.Set("logIndex", Number(index)).Set("rootHash", root).Set("treeSize", Number(size));
  out.Set("hashes", std::move(hashes)).Set("checkpoint", Node::MakeMap().Set("envelope", checkpoint));
  return out;
}

// The body says what kind of entry it is; a bundle repeats it beside the body.
absl::Status CheckKind(const ObjectReader& entry, const std::string& body, std::string_view kind,
                       std::string_view version) {
  const auto record = ParseJson(body, "body", {.max_bytes = limits::kMaxLogBodyBytes, .max_nodes = 10'000});
  if (!record.ok()) return entry.ErrorAt("body", Message(record.status()));
  const std::string found = Cat(record->StringOr("kind"), " ", record->StringOr("apiVersion"));
  if (found == Cat(kind, " ", version)) return absl::OkStatus();
  return entry.ErrorAt("body",
                       Cat("an entry of kind '", Printable(found), "'; expected ", kind, " ", version));
}

absl::StatusOr<Node> ConvertEntry(ObjectReader& entry, std::string_view kind, std::string_view version) {
  ASSIGN_OR_RETURN(const std::string body, entry.Bytes("body"));
  RETURN_IF_ERROR(CheckKind(entry, body, kind, version));
  ASSIGN_OR_RETURN(const int64_t index, entry.Int64Or("logIndex", 0));
  ASSIGN_OR_RETURN(const int64_t time, entry.Int64Or("integratedTime", 0));
  ASSIGN_OR_RETURN(const std::string log_id, HexAsBase64(entry, "logID"));
  ASSIGN_OR_RETURN(ObjectReader verification, entry.Object("verification"));
  ASSIGN_OR_RETURN(const std::string promise, verification.Bytes("signedEntryTimestamp"));
  ASSIGN_OR_RETURN(Node proof, ReadProof(verification));
  Node out = Node::MakeMap();
  out.Set("logIndex", Number(index)).Set("logId", Node::MakeMap().Set("keyId", log_id));
  out.Set("kindVersion", Node::MakeMap().Set("kind", kind).Set("version", version));
  out.Set("integratedTime", Number(time));
  out.Set("inclusionPromise", Node::MakeMap().Set("signedEntryTimestamp", Base64Encode(promise)));
  out.Set("inclusionProof", std::move(proof)).Set("canonicalizedBody", Base64Encode(body));
  return out;
}

// The UUID at the end of a 409's Location. Only it is taken from there: the entry is asked for at the log
// that was named by the user.
std::string UuidOf(std::string_view location) {
  const size_t slash = location.rfind('/');
  const std::string_view uuid = slash == std::string_view::npos ? location : location.substr(slash + 1);
  const bool hex = std::all_of(uuid.begin(), uuid.end(), [](char c) { return absl::ascii_isxdigit(c); });
  constexpr size_t kUuid = 64, kUuidWithTree = 80;
  return hex && (uuid.size() == kUuid || uuid.size() == kUuidWithTree) ? std::string(uuid) : "";
}

// The answer to a GET of the entry that a 409 named.
absl::StatusOr<net::HttpResponse> FetchExisting(const ServiceCaller& caller, std::string_view base_url,
                                                const net::Url& posted, const net::HttpResponse& conflict,
                                                absl::Time deadline) {
  const std::string uuid = UuidOf(conflict.headers.Get("Location"));
  if (uuid.empty()) {
    return BadAnswer(kRekor, posted,
                     "it has an equivalent entry already, but its answer (409) does not say which");
  }
  ServiceRequest request = {.method = "GET", .url = posted};
  ASSIGN_OR_RETURN(request.url, ServiceUrl(kRekor, base_url, Cat(kEntries, "/", uuid)));
  ASSIGN_OR_RETURN(net::HttpResponse response, CallService(caller, kRekor, request, deadline));
  if (!response.ok()) return ServiceError(kRekor, request, response, "it said that it has this entry");
  return response;
}

}  // namespace

absl::StatusOr<Node> EntryFromRekorV1(std::string_view answer, std::string_view kind,
                                      std::string_view version) {
  ASSIGN_OR_RETURN(const Node node, ParseJson(answer, kWhere, kAnswerLimits));
  if (!node.is_map() || node.map().size() != 1) {
    return Malformed(Reason::kRekorFailed, kWhere, "expected an object with one entry under its UUID");
  }
  ASSIGN_OR_RETURN(ObjectReader entry,
                   ObjectReader::Root(node.map().front().second, kWhere, Reason::kRekorFailed));
  return ConvertEntry(entry, kind, version);
}

absl::StatusOr<Node> PostToRekorV1(const ServiceCaller& caller, std::string_view base_url,
                                   std::string_view kind, std::string_view version, Node spec,
                                   absl::Time deadline) {
  ASSIGN_OR_RETURN(const net::Url url, ServiceUrl(kRekor, base_url, kEntries));
  const std::string body =
      WriteJson(Node::MakeMap().Set("apiVersion", version).Set("kind", kind).Set("spec", std::move(spec)));
  const ServiceRequest request = {.url = url, .content_type = "application/json", .body = body};
  ASSIGN_OR_RETURN(net::HttpResponse response, CallService(caller, kRekor, request, deadline));
  if (response.status == 409) {
    ASSIGN_OR_RETURN(response, FetchExisting(caller, base_url, url, response, deadline));
  }
  if (!response.ok()) return ServiceError(kRekor, request, response, RekorAdvice(response.status));
  auto entry = EntryFromRekorV1(response.body, kind, version);
  if (!entry.ok()) return BadAnswer(kRekor, url, Message(entry.status()));
  return entry;
}

}  // namespace chartseal::publisher
