#include "verifier/sigstore/bundle.h"

#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/dsse.h"
#include "verifier/sigstore/protobuf_enum.h"

namespace chartseal::sigstore {
namespace {

constexpr std::pair<std::string_view, BundleVersion> kMediaTypes[] = {
    {"application/vnd.dev.sigstore.bundle.v0.3+json", BundleVersion::kV03},
    {"application/vnd.dev.sigstore.bundle+json;version=0.3", BundleVersion::kV03},
    {"application/vnd.dev.sigstore.bundle+json;version=0.2", BundleVersion::kV02},
    {"application/vnd.dev.sigstore.bundle+json;version=0.1", BundleVersion::kV01},
};

absl::StatusOr<BundleVersion> ReadVersion(ObjectReader& bundle) {
  ASSIGN_OR_RETURN(const std::string media_type, bundle.StringOr("mediaType", ""));
  for (const auto& [known, version] : kMediaTypes) {
    if (media_type == known) return version;
  }
  return WithReason(
      bundle.ErrorAt("mediaType", Cat("expected ", kMediaTypes[0].first, " or an older one, found \"",
                                      Printable(media_type), "\"")),
      Reason::kBundleUnknownVersion);
}

absl::StatusOr<int64_t> ReadNonNegative(ObjectReader& reader, std::string_view name) {
  ASSIGN_OR_RETURN(const int64_t value, reader.Int64Or(name, 0));
  if (value < 0) return reader.ErrorAt(name, Cat("is negative: ", value));
  return value;
}

absl::StatusOr<crypto::Certificate> ReadCertificate(ObjectReader& reader) {
  ASSIGN_OR_RETURN(const std::string der, reader.Bytes("rawBytes"));
  RETURN_IF_ERROR(reader.Done());
  auto certificate = crypto::Certificate::FromDer(der);
  if (!certificate.ok()) return reader.ErrorAt("rawBytes", Message(certificate.status()));
  return certificate;
}

absl::StatusOr<std::vector<crypto::Certificate>> ReadChain(ObjectReader& chain) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers, chain.Objects("certificates", limits::kMaxChainLength));
  RETURN_IF_ERROR(chain.Done());
  std::vector<crypto::Certificate> certificates;
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(crypto::Certificate certificate, ReadCertificate(reader));
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

absl::StatusOr<InclusionProof> ReadInclusionProof(ObjectReader& reader) {
  InclusionProof proof;
  ASSIGN_OR_RETURN(proof.log_index, ReadNonNegative(reader, "logIndex"));
  ASSIGN_OR_RETURN(proof.tree_size, ReadNonNegative(reader, "treeSize"));
  ASSIGN_OR_RETURN(proof.root_hash, reader.BytesOr("rootHash", ""));
  ASSIGN_OR_RETURN(const std::vector<std::string> hashes, reader.Strings("hashes", limits::kMaxProofHashes));
  for (const std::string& text : hashes) {
    auto hash = Base64Decode(text);
    if (!hash.ok()) return reader.ErrorAt("hashes", Message(hash.status()));
    proof.hashes.push_back(*std::move(hash));
  }
  ASSIGN_OR_RETURN(std::optional<ObjectReader> checkpoint, reader.OptionalObject("checkpoint"));
  if (checkpoint) {
    ASSIGN_OR_RETURN(std::string envelope, checkpoint->StringOr("envelope", ""));
    RETURN_IF_ERROR(checkpoint->Done());
    if (!envelope.empty()) proof.checkpoint = std::move(envelope);
  }
  RETURN_IF_ERROR(reader.Done());
  return proof;
}

absl::Status ReadEntryIdentity(ObjectReader& reader, TlogEntry& entry) {
  ASSIGN_OR_RETURN(entry.log_index, ReadNonNegative(reader, "logIndex"));
  ASSIGN_OR_RETURN(ObjectReader log_id, reader.Object("logId"));
  ASSIGN_OR_RETURN(entry.log_id, log_id.Bytes("keyId"));
  RETURN_IF_ERROR(log_id.Done());
  ASSIGN_OR_RETURN(ObjectReader kind_version, reader.Object("kindVersion"));
  ASSIGN_OR_RETURN(entry.kind, kind_version.String("kind"));
  ASSIGN_OR_RETURN(entry.version, kind_version.String("version"));
  return kind_version.Done();
}

absl::StatusOr<TlogEntry> ReadTlogEntry(ObjectReader& reader) {
  TlogEntry entry;
  RETURN_IF_ERROR(ReadEntryIdentity(reader, entry));
  ASSIGN_OR_RETURN(entry.integrated_time, ReadNonNegative(reader, "integratedTime"));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> promise, reader.OptionalObject("inclusionPromise"));
  if (promise) {
    ASSIGN_OR_RETURN(entry.inclusion_promise, promise->Bytes("signedEntryTimestamp"));
    RETURN_IF_ERROR(promise->Done());
  }
  ASSIGN_OR_RETURN(std::optional<ObjectReader> proof, reader.OptionalObject("inclusionProof"));
  if (proof) {
    ASSIGN_OR_RETURN(entry.inclusion_proof, ReadInclusionProof(*proof));
  }
  ASSIGN_OR_RETURN(entry.canonicalized_body, reader.Bytes("canonicalizedBody"));
  if (entry.canonicalized_body.empty()) return reader.ErrorAt("canonicalizedBody", "is empty");
  RETURN_IF_ERROR(reader.Done());
  return entry;
}

// Too many of something is a reason of its own.
absl::StatusOr<std::vector<ObjectReader>> ReadBounded(ObjectReader& parent, std::string_view name,
                                                      size_t most, Reason too_many) {
  const Node* list = parent.Raw(name);
  if (list != nullptr && list->is_list() && list->list().size() > most) {
    return WithReason(
        parent.ErrorAt(name, Cat("at most ", most, " are allowed, found ", list->list().size())), too_many);
  }
  return parent.Objects(name, most);
}

absl::StatusOr<std::vector<TlogEntry>> ReadTlogEntries(ObjectReader& material) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers,
                   ReadBounded(material, "tlogEntries", limits::kMaxTlogEntries, Reason::kTooManyLogEntries));
  std::vector<TlogEntry> entries;
  entries.reserve(readers.size());
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(TlogEntry entry, ReadTlogEntry(reader));
    entries.push_back(std::move(entry));
  }
  return entries;
}

absl::StatusOr<std::vector<std::string>> ReadTimestamps(ObjectReader& material) {
  std::vector<std::string> timestamps;
  ASSIGN_OR_RETURN(std::optional<ObjectReader> data, material.OptionalObject("timestampVerificationData"));
  if (!data) return timestamps;
  ASSIGN_OR_RETURN(
      std::vector<ObjectReader> readers,
      ReadBounded(*data, "rfc3161Timestamps", limits::kMaxTimestamps, Reason::kTooManyTimestamps));
  RETURN_IF_ERROR(data->Done());
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(std::string timestamp, reader.Bytes("signedTimestamp"));
    RETURN_IF_ERROR(reader.Done());
    timestamps.push_back(std::move(timestamp));
  }
  return timestamps;
}

absl::StatusOr<MessageSignature> ReadMessageSignature(ObjectReader& reader) {
  MessageSignature message;
  ASSIGN_OR_RETURN(std::optional<ObjectReader> digest, reader.OptionalObject("messageDigest"));
  if (digest) {
    ASSIGN_OR_RETURN(message.digest_algorithm, ReadHashAlgorithm(*digest, "algorithm"));
    ASSIGN_OR_RETURN(message.digest, digest->Bytes("digest"));
    RETURN_IF_ERROR(digest->Done());
  }
  ASSIGN_OR_RETURN(message.signature, reader.Bytes("signature"));
  RETURN_IF_ERROR(reader.Done());
  return message;
}

using Content = std::variant<std::monostate, MessageSignature, DsseEnvelope>;

absl::StatusOr<Content> ReadContent(ObjectReader& bundle) {
  ASSIGN_OR_RETURN(std::optional<ObjectReader> message, bundle.OptionalObject("messageSignature"));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> dsse, bundle.OptionalObject("dsseEnvelope"));
  if (message && dsse) {
    return WithReason(bundle.Error("has both messageSignature and dsseEnvelope"), Reason::kBundleContent);
  }
  if (message) {
    ASSIGN_OR_RETURN(MessageSignature content, ReadMessageSignature(*message));
    return Content(std::move(content));
  }
  if (dsse) {
    ASSIGN_OR_RETURN(DsseEnvelope content, ReadDsseEnvelope(*dsse));
    return Content(std::move(content));
  }
  return Content();
}

// The `oneof` of verificationMaterial: who signed.
struct Material {
  std::vector<crypto::Certificate> certificates;
  bool has_chain = false;
  std::optional<std::string> hint;
};

absl::StatusOr<Material> ReadMaterial(ObjectReader& reader) {
  ASSIGN_OR_RETURN(std::optional<ObjectReader> certificate, reader.OptionalObject("certificate"));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> chain, reader.OptionalObject("x509CertificateChain"));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> key, reader.OptionalObject("publicKey"));
  if (certificate.has_value() + chain.has_value() + key.has_value() > 1) {
    return reader.Error("has more than one of certificate, x509CertificateChain and publicKey");
  }
  Material material;
  if (certificate) {
    ASSIGN_OR_RETURN(crypto::Certificate leaf, ReadCertificate(*certificate));
    material.certificates.push_back(std::move(leaf));
  }
  if (chain) {
    material.has_chain = true;
    ASSIGN_OR_RETURN(material.certificates, ReadChain(*chain));
  }
  if (key) {
    ASSIGN_OR_RETURN(material.hint, key->StringOr("hint", ""));
    RETURN_IF_ERROR(key->Done());
  }
  return material;
}

}  // namespace

absl::StatusOr<Bundle> Bundle::ParseJson(std::string_view json, std::string_view where) {
  ASSIGN_OR_RETURN(const Node node,
                   chartseal::ParseJson(json, where, {.max_bytes = limits::kMaxBundleBytes}));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, where, Reason::kBundleMalformed));
  reader.ProtoJson();
  Bundle bundle;
  ASSIGN_OR_RETURN(bundle.version_, ReadVersion(reader));
  ASSIGN_OR_RETURN(ObjectReader material_reader, reader.Object("verificationMaterial"));
  ASSIGN_OR_RETURN(Material material, ReadMaterial(material_reader));
  bundle.certificates_ = std::move(material.certificates);
  bundle.has_chain_field_ = material.has_chain;
  bundle.public_key_hint_ = std::move(material.hint);
  ASSIGN_OR_RETURN(bundle.tlog_entries_, ReadTlogEntries(material_reader));
  ASSIGN_OR_RETURN(bundle.timestamps_, ReadTimestamps(material_reader));
  RETURN_IF_ERROR(material_reader.Done());
  ASSIGN_OR_RETURN(bundle.content_, ReadContent(reader));
  RETURN_IF_ERROR(reader.Done());
  return bundle;
}

std::string_view Bundle::signature() const {
  if (const auto* message = std::get_if<MessageSignature>(&content_)) return message->signature;
  const auto* envelope = std::get_if<DsseEnvelope>(&content_);
  if (envelope == nullptr || envelope->signatures.empty()) return {};
  return envelope->signatures.front().signature;
}

}  // namespace chartseal::sigstore
