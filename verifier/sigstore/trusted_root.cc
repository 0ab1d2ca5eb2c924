#include "verifier/sigstore/trusted_root.h"

#include <algorithm>
#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"
#include "verifier/sigstore/log_id.h"
#include "verifier/sigstore/protobuf_enum.h"

namespace chartseal::sigstore {
namespace {

constexpr std::string_view kMediaTypes[] = {
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot.v0.1+json",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
};
constexpr size_t kKeyHintBytes = 4;  // of a signature line in a checkpoint (spec/sigstore.md §3.2)

enum class LogKind { kTransparency, kCertificateTransparency };

absl::StatusOr<ValidityPeriod> ReadValidity(ObjectReader& parent) {
  ASSIGN_OR_RETURN(ObjectReader reader, parent.Object("validFor"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> start, reader.OptionalTime("start"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> end, reader.OptionalTime("end"));
  RETURN_IF_ERROR(reader.Done());
  if (!start) return reader.ErrorAt("start", "missing: say from when on this is trusted");
  if (end && *end < *start) return reader.ErrorAt("end", "lies before start");
  return ValidityPeriod{*start, end.value_or(absl::InfiniteFuture())};
}

absl::StatusOr<crypto::PublicKey> DecodeKey(ObjectReader& reader, const KeyDetails& details) {
  ASSIGN_OR_RETURN(const std::string der, reader.Bytes("rawBytes"));
  auto key = details.pkcs1 ? crypto::PublicKey::FromPkcs1Der(der) : crypto::PublicKey::FromSpkiDer(der);
  if (!key.ok()) return reader.ErrorAt("rawBytes", Message(key.status()));
  const bool fits = key->type() == details.type && (details.bits == 0 || details.bits == key->bits());
  if (!fits) {
    return reader.ErrorAt(
        "keyDetails", Cat("the key is ", Name(key->type()), " of ", key->bits(), " bits, not of this kind"));
  }
  return key;
}

// An id that is not the key's own would let entries of one log be checked with the key of another.
absl::Status CheckLogId(ObjectReader& reader, std::string_view field, LogKind kind, const std::string& id,
                        const TransparencyLog& log) {
  const std::string by_spki = SpkiLogId(log.key);
  const std::string by_note =
      kind == LogKind::kTransparency ? SignedNoteLogId(log.origin, log.key) : std::string();
  if (id == by_spki || (!by_note.empty() && id == by_note)) return absl::OkStatus();
  std::string expected = HexEncode(by_spki);
  if (!by_note.empty()) expected += Cat(" or, as signed-note key id, ", HexEncode(by_note));
  return reader.ErrorAt(field,
                        Cat("is not the id of the key: expected ", expected, ", found ", HexEncode(id)));
}

absl::StatusOr<std::string> ReadKeyId(ObjectReader& parent, std::string_view field) {
  ASSIGN_OR_RETURN(ObjectReader reader, parent.Object(field));
  ASSIGN_OR_RETURN(std::string id, reader.Bytes("keyId"));
  RETURN_IF_ERROR(reader.Done());
  return id;
}

// checkpointKeyId names the key in checkpoints when that differs from the log's id; only logs whose
// checkpoints are read here have to have a right one.
absl::Status ReadKeyHint(ObjectReader& reader, LogKind kind, TransparencyLog& log) {
  std::string id = log.log_id;
  if (reader.Has("checkpointKeyId")) {
    ASSIGN_OR_RETURN(id, ReadKeyId(reader, "checkpointKeyId"));
    if (kind == LogKind::kTransparency) {
      RETURN_IF_ERROR(CheckLogId(reader, "checkpointKeyId", kind, id, log));
    }
  }
  log.key_hint = id.substr(0, kKeyHintBytes);
  return absl::OkStatus();
}

absl::StatusOr<TransparencyLog> ReadLog(ObjectReader& reader, LogKind kind) {
  ASSIGN_OR_RETURN(std::string base_url, reader.String("baseUrl"));
  ASSIGN_OR_RETURN(const crypto::HashAlgorithm hash, ReadHashAlgorithm(reader, "hashAlgorithm"));
  if (hash != crypto::HashAlgorithm::kSha256) {
    return reader.ErrorAt("hashAlgorithm", "a Merkle tree of another hash than SHA2_256 is not supported");
  }
  ASSIGN_OR_RETURN(ObjectReader key_reader, reader.Object("publicKey"));
  ASSIGN_OR_RETURN(const KeyDetails details, ReadKeyDetails(key_reader, "keyDetails"));
  ASSIGN_OR_RETURN(crypto::PublicKey key, DecodeKey(key_reader, details));
  ASSIGN_OR_RETURN(const ValidityPeriod valid_for, ReadValidity(key_reader));
  RETURN_IF_ERROR(key_reader.Done());

  std::string origin = HostOfUrl(base_url);
  if (origin.empty()) return reader.ErrorAt("baseUrl", "expected a URL with a host name");
  TransparencyLog log{std::move(base_url), std::move(origin), "",       "",
                      std::move(key),      details.scheme,    valid_for};
  ASSIGN_OR_RETURN(log.log_id, ReadKeyId(reader, "logId"));
  RETURN_IF_ERROR(CheckLogId(reader, "logId", kind, log.log_id, log));
  RETURN_IF_ERROR(ReadKeyHint(reader, kind, log));
  RETURN_IF_ERROR(reader.StringOr("operator", "").status());
  RETURN_IF_ERROR(reader.Done());
  return log;
}

absl::StatusOr<std::vector<TransparencyLog>> ReadLogs(ObjectReader& root, std::string_view field,
                                                      LogKind kind) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers, root.Objects(field, limits::kMaxTrustEntries));
  std::vector<TransparencyLog> logs;
  logs.reserve(readers.size());
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(TransparencyLog log, ReadLog(reader, kind));
    logs.push_back(std::move(log));
  }
  return logs;
}

absl::StatusOr<std::vector<crypto::Certificate>> ReadCertificates(ObjectReader& parent) {
  ASSIGN_OR_RETURN(ObjectReader chain, parent.Object("certChain"));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers, chain.Objects("certificates", limits::kMaxChainLength));
  RETURN_IF_ERROR(chain.Done());
  std::vector<crypto::Certificate> certificates;
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(const std::string der, reader.Bytes("rawBytes"));
    RETURN_IF_ERROR(reader.Done());
    auto certificate = crypto::Certificate::FromDer(der);
    if (!certificate.ok()) return reader.ErrorAt("rawBytes", Message(certificate.status()));
    certificates.push_back(*std::move(certificate));
  }
  if (certificates.empty()) return chain.ErrorAt("certificates", "empty: there is no trust anchor");
  return certificates;
}

struct AuthorityFields {
  std::string uri;
  std::vector<crypto::Certificate> certificates;
  ValidityPeriod valid_for;
};

absl::StatusOr<AuthorityFields> ReadAuthority(ObjectReader& reader) {
  // The subject repeats what the certificates say; it is read only to refuse what should not be there.
  ASSIGN_OR_RETURN(std::optional<ObjectReader> subject, reader.OptionalObject("subject"));
  if (subject) {
    RETURN_IF_ERROR(subject->StringOr("organization", "").status());
    RETURN_IF_ERROR(subject->StringOr("commonName", "").status());
    RETURN_IF_ERROR(subject->Done());
  }
  AuthorityFields fields;
  ASSIGN_OR_RETURN(fields.uri, reader.StringOr("uri", ""));
  ASSIGN_OR_RETURN(fields.certificates, ReadCertificates(reader));
  ASSIGN_OR_RETURN(fields.valid_for, ReadValidity(reader));
  RETURN_IF_ERROR(reader.StringOr("operator", "").status());
  RETURN_IF_ERROR(reader.Done());
  return fields;
}

absl::StatusOr<crypto::AuthorityChain> MakeChain(const ObjectReader& reader,
                                                 std::vector<crypto::Certificate> certificates) {
  auto chain = crypto::AuthorityChain::Create(std::move(certificates));
  if (!chain.ok()) return reader.Error(Message(chain.status()));
  return chain;
}

absl::StatusOr<std::vector<CertificateAuthority>> ReadCertificateAuthorities(ObjectReader& root) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers,
                   root.Objects("certificateAuthorities", limits::kMaxTrustEntries));
  std::vector<CertificateAuthority> authorities;
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(AuthorityFields fields, ReadAuthority(reader));
    ASSIGN_OR_RETURN(crypto::AuthorityChain chain, MakeChain(reader, std::move(fields.certificates)));
    authorities.push_back({std::move(fields.uri), std::move(chain), fields.valid_for});
  }
  return authorities;
}

absl::StatusOr<TimestampAuthority> ReadTimestampAuthority(ObjectReader& reader) {
  ASSIGN_OR_RETURN(AuthorityFields fields, ReadAuthority(reader));
  std::optional<crypto::Certificate> leaf;
  if (!fields.certificates.front().is_ca()) {
    if (fields.certificates.size() == 1) {
      return reader.Error("the only certificate is the signer's: add the one that issued it as trust anchor");
    }
    leaf = fields.certificates.front();
    fields.certificates.erase(fields.certificates.begin());
  }
  ASSIGN_OR_RETURN(crypto::AuthorityChain chain, MakeChain(reader, std::move(fields.certificates)));
  if (leaf) {
    auto pinned = chain.WithPinnedLeaf(*leaf);
    if (!pinned.ok()) return reader.Error(Message(pinned.status()));
    chain = *std::move(pinned);
  }
  return TimestampAuthority{std::move(fields.uri), std::move(leaf), std::move(chain), fields.valid_for};
}

absl::StatusOr<std::vector<TimestampAuthority>> ReadTimestampAuthorities(ObjectReader& root) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers,
                   root.Objects("timestampAuthorities", limits::kMaxTrustEntries));
  std::vector<TimestampAuthority> authorities;
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(TimestampAuthority authority, ReadTimestampAuthority(reader));
    authorities.push_back(std::move(authority));
  }
  return authorities;
}

std::vector<const TransparencyLog*> FindLogs(const std::vector<TransparencyLog>& logs, std::string_view id) {
  std::vector<const TransparencyLog*> found;
  for (const TransparencyLog& log : logs) {
    if (log.log_id == id) found.push_back(&log);
  }
  return found;
}

}  // namespace

absl::StatusOr<TrustedRoot> TrustedRoot::ParseJson(std::string_view json, std::string_view where) {
  ASSIGN_OR_RETURN(const Node node,
                   chartseal::ParseJson(json, where, {.max_bytes = limits::kMaxTrustedRootBytes}));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, where, Reason::kTrustedRootMalformed));
  reader.ProtoJson();
  ASSIGN_OR_RETURN(const std::string media_type, reader.String("mediaType"));
  if (std::find(std::begin(kMediaTypes), std::end(kMediaTypes), media_type) == std::end(kMediaTypes)) {
    return reader.ErrorAt("mediaType", Cat("expected ", kMediaTypes[0], " or a later v0.1 or v0.2, found ",
                                           Printable(media_type)));
  }
  TrustedRoot root;
  ASSIGN_OR_RETURN(root.tlogs_, ReadLogs(reader, "tlogs", LogKind::kTransparency));
  ASSIGN_OR_RETURN(root.ctlogs_, ReadLogs(reader, "ctlogs", LogKind::kCertificateTransparency));
  ASSIGN_OR_RETURN(root.certificate_authorities_, ReadCertificateAuthorities(reader));
  ASSIGN_OR_RETURN(root.timestamp_authorities_, ReadTimestampAuthorities(reader));
  RETURN_IF_ERROR(reader.Done());
  root.version_ = crypto::Digest::Sha256Of(json).ToString();
  return root;
}

TrustedRoot TrustedRoot::Combine(const TrustedRoot& certificates, const TrustedRoot& logs,
                                 const TrustedRoot& timestamps) {
  TrustedRoot root;
  root.certificate_authorities_ = certificates.certificate_authorities_;
  root.ctlogs_ = certificates.ctlogs_;
  root.tlogs_ = logs.tlogs_;
  root.timestamp_authorities_ = timestamps.timestamp_authorities_;
  const std::string parts = Cat(certificates.version_, " ", logs.version_, " ", timestamps.version_);
  root.version_ = crypto::Digest::Sha256Of(parts).ToString();
  return root;
}

std::vector<const TransparencyLog*> TrustedRoot::FindTlogs(std::string_view log_id) const {
  return FindLogs(tlogs_, log_id);
}

std::vector<const TransparencyLog*> TrustedRoot::FindCtlogs(std::string_view log_id) const {
  return FindLogs(ctlogs_, log_id);
}

}  // namespace chartseal::sigstore
