#include "verifier/sigstore/rekor_entry.h"

#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/protobuf_enum.h"

namespace chartseal::sigstore {
namespace {

constexpr std::string_view kWhere = "log entry body";

using Kind = LogRecord::Kind;

// {"algorithm":"sha256","value":"<hex>"}
absl::StatusOr<LogRecord::Hash> ReadHash(ObjectReader& parent, std::string_view field) {
  ASSIGN_OR_RETURN(ObjectReader reader, parent.Object(field));
  ASSIGN_OR_RETURN(const std::string algorithm, reader.String("algorithm"));
  ASSIGN_OR_RETURN(const std::string hex, reader.String("value"));
  LogRecord::Hash hash;
  if (algorithm == "sha256") {
    hash.algorithm = crypto::HashAlgorithm::kSha256;
  } else if (algorithm == "sha384") {
    hash.algorithm = crypto::HashAlgorithm::kSha384;
  } else if (algorithm == "sha512") {
    hash.algorithm = crypto::HashAlgorithm::kSha512;
  } else {
    return reader.ErrorAt("algorithm", Cat("unknown: ", Printable(algorithm, 32)));
  }
  auto value = HexDecode(hex);
  if (!value.ok() || value->size() != crypto::DigestSize(hash.algorithm)) {
    return reader.ErrorAt("value", Cat("not a ", algorithm, " digest"));
  }
  hash.value = *std::move(value);
  return hash;
}

// Base64 of a PEM certificate or public key.
absl::Status ReadPemVerifier(ObjectReader& parent, std::string_view field, LogRecord& out) {
  ASSIGN_OR_RETURN(const std::string pem, parent.Bytes(field));
  auto certificate = PemDecode(pem, "CERTIFICATE");
  out.verifier_is_certificate = certificate.ok();
  auto der = certificate.ok() ? std::move(certificate) : PemDecode(pem, "PUBLIC KEY");
  if (!der.ok()) return parent.ErrorAt(field, "is neither a PEM certificate nor a PEM public key");
  out.verifier_der = *std::move(der);
  return absl::OkStatus();
}

// spec.data.hash and spec.signature{content, publicKey{content}}; rekord says the format too.
absl::Status ReadRekord(ObjectReader& spec, LogRecord& out) {
  ASSIGN_OR_RETURN(ObjectReader data, spec.Object("data"));
  ASSIGN_OR_RETURN(out.hash, ReadHash(data, "hash"));
  ASSIGN_OR_RETURN(ObjectReader signature, spec.Object("signature"));
  if (out.kind == Kind::kRekord) {
    ASSIGN_OR_RETURN(const std::string format, signature.String("format"));
    if (format != "x509")
      return signature.ErrorAt("format", Cat("expected x509, found ", Printable(format, 32)));
  }
  ASSIGN_OR_RETURN(out.signature, signature.Bytes("content"));
  ASSIGN_OR_RETURN(ObjectReader key, signature.Object("publicKey"));
  return ReadPemVerifier(key, "content", out);
}

// The one element of `signatures`: an entry of several signers proves nothing about which of them is meant.
absl::StatusOr<ObjectReader> OnlySignature(ObjectReader& parent) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> signatures,
                   parent.Objects("signatures", limits::kMaxDsseSignatures));
  if (signatures.size() != 1) {
    return parent.ErrorAt("signatures", Cat("expected one, found ", signatures.size()));
  }
  return signatures.front();
}

absl::Status ReadDsse(ObjectReader& spec, LogRecord& out) {
  ASSIGN_OR_RETURN(out.hash, ReadHash(spec, "payloadHash"));
  ASSIGN_OR_RETURN(ObjectReader signature, OnlySignature(spec));
  ASSIGN_OR_RETURN(out.signature, signature.Bytes("signature"));
  return ReadPemVerifier(signature, "verifier", out);
}

absl::Status ReadIntotoV1(ObjectReader& spec, LogRecord& out) {
  ASSIGN_OR_RETURN(ObjectReader content, spec.Object("content"));
  ASSIGN_OR_RETURN(out.envelope_hash, ReadHash(content, "hash"));
  ASSIGN_OR_RETURN(out.hash, ReadHash(content, "payloadHash"));
  return ReadPemVerifier(spec, "publicKey", out);
}

absl::Status ReadIntotoV2(ObjectReader& spec, LogRecord& out) {
  ASSIGN_OR_RETURN(ObjectReader content, spec.Object("content"));
  ASSIGN_OR_RETURN(out.hash, ReadHash(content, "payloadHash"));
  ASSIGN_OR_RETURN(ObjectReader envelope, content.Object("envelope"));
  ASSIGN_OR_RETURN(ObjectReader signature, OnlySignature(envelope));
  // Rekor stores the base64 text of the envelope, in base64.
  ASSIGN_OR_RETURN(const std::string text, signature.Bytes("sig"));
  auto raw = Base64Decode(text);
  if (!raw.ok()) return signature.ErrorAt("sig", "is not base64 of base64");
  out.signature = *std::move(raw);
  return ReadPemVerifier(signature, "publicKey", out);
}

absl::Status ReadHashedRekordV2(ObjectReader& spec, LogRecord& out) {
  ASSIGN_OR_RETURN(ObjectReader record, spec.Object("hashedRekordV002"));
  ASSIGN_OR_RETURN(ObjectReader data, record.Object("data"));
  ASSIGN_OR_RETURN(out.hash.algorithm, ReadHashAlgorithm(data, "algorithm"));
  ASSIGN_OR_RETURN(out.hash.value, data.Bytes("digest"));
  ASSIGN_OR_RETURN(ObjectReader signature, record.Object("signature"));
  ASSIGN_OR_RETURN(out.signature, signature.Bytes("content"));
  ASSIGN_OR_RETURN(ObjectReader verifier, signature.Object("verifier"));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> certificate, verifier.OptionalObject("x509Certificate"));
  out.verifier_is_certificate = certificate.has_value();
  if (certificate) {
    ASSIGN_OR_RETURN(out.verifier_der, certificate->Bytes("rawBytes"));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(ObjectReader key, verifier.Object("publicKey"));
  ASSIGN_OR_RETURN(out.verifier_der, key.Bytes("rawBytes"));
  return absl::OkStatus();
}

struct Format {
  std::string_view kind;
  std::string_view version;
  Kind meaning;
  absl::Status (*read)(ObjectReader& spec, LogRecord& out);
};

constexpr Format kFormats[] = {
    {"hashedrekord", "0.0.1", Kind::kHashedRekord, ReadRekord},
    {"rekord", "0.0.1", Kind::kRekord, ReadRekord},
    {"dsse", "0.0.1", Kind::kDsse, ReadDsse},
    {"intoto", "0.0.1", Kind::kIntotoV1, ReadIntotoV1},
    {"intoto", "0.0.2", Kind::kIntotoV2, ReadIntotoV2},
    {"hashedrekord", "0.0.2", Kind::kHashedRekordV2, ReadHashedRekordV2},
};

const Format* FindFormat(std::string_view kind, std::string_view version) {
  for (const Format& format : kFormats) {
    if (format.kind == kind && format.version == version) return &format;
  }
  return nullptr;
}

Rejection MalformedBody(const absl::Status& status) {
  return Rejection{Reason::kLogEntryMalformed, Message(status), "", ""};
}

Rejection KindMismatch(std::string_view claimed_kind, std::string_view claimed_version, std::string_view kind,
                       std::string_view version) {
  return Rejection{Reason::kLogEntryKindMismatch, "kind and version of the log entry",
                   Printable(Cat(claimed_kind, " ", claimed_version), 64),
                   Printable(Cat(kind, " ", version), 64)};
}

absl::StatusOr<LogRecord> ReadSpec(ObjectReader& root, const Format& format) {
  ASSIGN_OR_RETURN(ObjectReader spec, root.Object("spec"));
  LogRecord record;
  record.kind = format.meaning;
  RETURN_IF_ERROR(format.read(spec, record));
  return record;
}

}  // namespace

Checked<LogRecord> ParseLogRecord(std::string_view body, std::string_view claimed_kind,
                                  std::string_view claimed_version) {
  auto node = ParseJson(body, kWhere, {.max_bytes = limits::kMaxLogBodyBytes});
  if (!node.ok()) return MalformedBody(node.status());
  auto root = ObjectReader::Root(*node, kWhere, Reason::kLogEntryMalformed);
  if (!root.ok()) return MalformedBody(root.status());
  auto kind = root->String("kind");
  if (!kind.ok()) return MalformedBody(kind.status());
  auto version = root->String("apiVersion");
  if (!version.ok()) return MalformedBody(version.status());
  const bool claimed = !claimed_kind.empty() || !claimed_version.empty();
  if (claimed && (*kind != claimed_kind || *version != claimed_version)) {
    return KindMismatch(claimed_kind, claimed_version, *kind, *version);
  }
  const Format* format = FindFormat(*kind, *version);
  if (format == nullptr) {
    return Rejection{Reason::kLogEntryKind, "log entries of this kind are not known", "",
                     Printable(Cat(*kind, " ", *version), 64)};
  }
  auto record = ReadSpec(*root, *format);
  if (!record.ok()) return MalformedBody(record.status());
  return *std::move(record);
}

}  // namespace chartseal::sigstore
