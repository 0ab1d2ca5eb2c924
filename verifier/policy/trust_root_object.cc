#include "verifier/policy/trust_root_object.h"

#include <optional>
#include <utility>
#include <vector>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/certificate.h"
#include "verifier/crypto/public_key.h"
#include "verifier/sigstore/log_id.h"

// The object is rewritten as trusted_root.json (spec/sigstore.md §3.1), so that one parser decides what a
// root of trust may be.
namespace chartseal::policy {
namespace {

constexpr std::string_view kApiVersion = "policy.sigstore.dev/v1alpha1";
constexpr std::string_view kKind = "TrustRoot";
constexpr std::string_view kAnyTime = "1970-01-01T00:00:00Z";

Node Period() {
  Node period = Node::MakeMap();
  period.Set("start", kAnyTime);
  return period;
}

// -- Logs.

std::string_view DetailsOf(const crypto::PublicKey& key) {
  using crypto::KeyType;
  switch (key.type()) {
    case KeyType::kEcdsaP256:
      return "PKIX_ECDSA_P256_SHA_256";
    case KeyType::kEcdsaP384:
      return "PKIX_ECDSA_P384_SHA_384";
    case KeyType::kEcdsaP521:
      return "PKIX_ECDSA_P521_SHA_512";
    case KeyType::kEd25519:
      return "PKIX_ED25519";
    case KeyType::kRsa:
      return key.bits() == 2048   ? "PKIX_RSA_PKCS1V15_2048_SHA256"
             : key.bits() == 3072 ? "PKIX_RSA_PKCS1V15_3072_SHA256"
             : key.bits() == 4096 ? "PKIX_RSA_PKCS1V15_4096_SHA256"
                                  : "";
  }
  return "";
}

Node LogEntry(const std::string& url, const crypto::PublicKey& key, std::string_view id) {
  Node public_key = Node::MakeMap();
  public_key.Set("rawBytes", Base64Encode(key.spki_der()));
  public_key.Set("keyDetails", DetailsOf(key));
  public_key.Set("validFor", Period());
  Node log_id = Node::MakeMap();
  log_id.Set("keyId", Base64Encode(id));
  Node entry = Node::MakeMap();
  entry.Set("baseUrl", url);
  entry.Set("hashAlgorithm", "SHA2_256");
  entry.Set("publicKey", std::move(public_key));
  entry.Set("logId", std::move(log_id));
  return entry;
}

absl::StatusOr<crypto::PublicKey> ReadLogKey(ObjectReader& reader) {
  ASSIGN_OR_RETURN(const std::string pem, reader.Bytes("publicKey"));
  auto key = crypto::PublicKey::FromPem(pem);
  if (!key.ok()) return reader.ErrorAt("publicKey", Message(key.status()));
  if (DetailsOf(*key).empty()) {
    return reader.ErrorAt("publicKey", Cat("an RSA key of 2048, 3072 or 4096 bits is expected, found one of ",
                                           key->bits(), " bits"));
  }
  return key;
}

// The object does not say which of the two ids a log uses (spec/sigstore.md §3.2), so an entry is made for
// each.
absl::Status AddLog(ObjectReader& reader, bool transparency, Node& logs) {
  ASSIGN_OR_RETURN(const std::string url, reader.String("baseURL"));
  ASSIGN_OR_RETURN(const std::string hash, reader.StringOr("hashAlgorithm", "sha-256"));
  if (hash != "sha-256" && hash != "sha256" && hash != "SHA2_256") {
    return reader.ErrorAt("hashAlgorithm", Cat("expected sha-256, found \"", Printable(hash, 40),
                                               "\": a Merkle tree of another hash is not supported"));
  }
  ASSIGN_OR_RETURN(const crypto::PublicKey key, ReadLogKey(reader));
  RETURN_IF_ERROR(reader.Done());
  logs.Append(LogEntry(url, key, sigstore::SpkiLogId(key)));
  const std::string note_id =
      transparency ? sigstore::SignedNoteLogId(sigstore::HostOfUrl(url), key) : std::string();
  if (!note_id.empty()) logs.Append(LogEntry(url, key, note_id));
  return absl::OkStatus();
}

absl::StatusOr<Node> ReadLogs(ObjectReader& keys, std::string_view field, bool transparency) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers, keys.Objects(field, limits::kMaxTrustEntries / 2));
  Node logs = Node::MakeList();
  for (ObjectReader& reader : readers) RETURN_IF_ERROR(AddLog(reader, transparency, logs));
  return logs;
}

// -- Authorities.

absl::StatusOr<Node> ReadChain(ObjectReader& reader) {
  ASSIGN_OR_RETURN(const std::string pem, reader.Bytes("certChain"));
  auto certificates = crypto::Certificate::ListFromPem(pem);
  if (!certificates.ok()) return reader.ErrorAt("certChain", Message(certificates.status()));
  Node list = Node::MakeList();
  for (const crypto::Certificate& certificate : *certificates) {
    Node entry = Node::MakeMap();
    entry.Set("rawBytes", Base64Encode(certificate.der()));
    list.Append(std::move(entry));
  }
  Node chain = Node::MakeMap();
  chain.Set("certificates", std::move(list));
  return chain;
}

absl::StatusOr<Node> ReadAuthority(ObjectReader& reader) {
  // The subject repeats what the certificates say.
  ASSIGN_OR_RETURN(std::optional<ObjectReader> subject, reader.OptionalObject("subject"));
  if (subject) {
    RETURN_IF_ERROR(subject->StringOr("organization", "").status());
    RETURN_IF_ERROR(subject->StringOr("commonName", "").status());
    RETURN_IF_ERROR(subject->Done());
  }
  Node entry = Node::MakeMap();
  ASSIGN_OR_RETURN(std::string uri, reader.StringOr("uri", ""));
  entry.Set("uri", uri);
  ASSIGN_OR_RETURN(Node chain, ReadChain(reader));
  entry.Set("certChain", std::move(chain));
  entry.Set("validFor", Period());
  RETURN_IF_ERROR(reader.Done());
  return entry;
}

absl::StatusOr<Node> ReadAuthorities(ObjectReader& keys, std::string_view field) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers, keys.Objects(field, limits::kMaxTrustEntries));
  Node authorities = Node::MakeList();
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(Node entry, ReadAuthority(reader));
    authorities.Append(std::move(entry));
  }
  return authorities;
}

// -- The whole.

absl::StatusOr<sigstore::TrustedRoot> ReadKeys(ObjectReader& keys) {
  Node root = Node::MakeMap();
  root.Set("mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1");
  ASSIGN_OR_RETURN(Node tlogs, ReadLogs(keys, "tLogs", true));
  ASSIGN_OR_RETURN(Node ctlogs, ReadLogs(keys, "ctLogs", false));
  ASSIGN_OR_RETURN(Node authorities, ReadAuthorities(keys, "certificateAuthorities"));
  ASSIGN_OR_RETURN(Node timestamps, ReadAuthorities(keys, "timestampAuthorities"));
  RETURN_IF_ERROR(keys.Done());
  if (tlogs.list().empty() && ctlogs.list().empty() && authorities.list().empty() &&
      timestamps.list().empty()) {
    return keys.Error("names no authority and no log, so nothing could be trusted");
  }
  root.Set("tlogs", std::move(tlogs));
  root.Set("ctlogs", std::move(ctlogs));
  root.Set("certificateAuthorities", std::move(authorities));
  root.Set("timestampAuthorities", std::move(timestamps));
  return sigstore::TrustedRoot::ParseJson(WriteJson(root), keys.Location());
}

absl::StatusOr<sigstore::TrustedRoot> ReadSpec(ObjectReader& spec) {
  for (const std::string_view field : {"remote", "repository"}) {
    if (!spec.Has(field)) continue;
    return spec.ErrorAt(field,
                        "TUF repositories are not read yet; write the keys and certificates that it gives "
                        "into spec.sigstoreKeys");
  }
  ASSIGN_OR_RETURN(ObjectReader keys, spec.Object("sigstoreKeys"));
  RETURN_IF_ERROR(spec.Done());
  return ReadKeys(keys);
}

absl::StatusOr<std::string> ReadName(ObjectReader& reader) {
  for (const auto& [field, wanted] : {std::pair{"apiVersion", kApiVersion}, std::pair{"kind", kKind}}) {
    ASSIGN_OR_RETURN(const std::string found, reader.String(field));
    if (found != wanted) {
      return reader.ErrorAt(field, Cat("expected ", wanted, ", found \"", Printable(found, 64), "\""));
    }
  }
  ASSIGN_OR_RETURN(ObjectReader metadata, reader.Object("metadata"));
  ASSIGN_OR_RETURN(std::string name, metadata.String("name"));
  if (name.empty()) return metadata.ErrorAt("name", "is empty");
  return name;
}

absl::StatusOr<sigstore::TrustedRoot> ReadRoot(ObjectReader& reader) {
  reader.Has("status");  // written by the cluster
  ASSIGN_OR_RETURN(ObjectReader spec, reader.Object("spec"));
  RETURN_IF_ERROR(reader.Done());
  return ReadSpec(spec);
}

}  // namespace

absl::StatusOr<TrustRootObject> ReadTrustRoot(const Node& object, std::string_view where) {
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(object, where, Reason::kPolicyMalformed));
  TrustRootObject result;
  ASSIGN_OR_RETURN(result.name, ReadName(reader));
  auto root = ReadRoot(reader);
  if (root.ok()) {
    result.root = std::make_shared<const sigstore::TrustedRoot>(*std::move(root));
  } else {
    result.problem = Message(root.status());
  }
  return result;
}

}  // namespace chartseal::policy
