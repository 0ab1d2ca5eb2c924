#include "verifier/sigstore/dsse.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {

std::string DsseEnvelope::PreAuthEncoding() const {
  return Cat("DSSEv1 ", payload_type.size(), " ", payload_type, " ", payload.size(), " ", payload);
}

absl::StatusOr<DsseEnvelope> ReadDsseEnvelope(ObjectReader& reader) {
  DsseEnvelope envelope;
  ASSIGN_OR_RETURN(envelope.payload_type, reader.String("payloadType"));
  ASSIGN_OR_RETURN(envelope.payload, reader.Bytes("payload"));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> signatures,
                   reader.Objects("signatures", limits::kMaxDsseSignatures));
  for (ObjectReader& signature : signatures) {
    DsseSignature out;
    ASSIGN_OR_RETURN(out.keyid, signature.StringOr("keyid", ""));
    ASSIGN_OR_RETURN(out.signature, signature.Bytes("sig"));
    RETURN_IF_ERROR(signature.Done());
    envelope.signatures.push_back(std::move(out));
  }
  RETURN_IF_ERROR(reader.Done());
  return envelope;
}

absl::StatusOr<DsseEnvelope> ParseDsseEnvelope(std::string_view json, std::string_view where) {
  ASSIGN_OR_RETURN(const Node node, ParseJson(json, where, {.max_bytes = limits::kMaxBundleBytes}));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, where, Reason::kDsseMalformed));
  return ReadDsseEnvelope(reader);
}

}  // namespace chartseal::sigstore
