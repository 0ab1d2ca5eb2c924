#include "publisher/signing/bundle_writer.h"

#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/strict_json.h"

namespace chartseal::publisher {
namespace {

Node Map(std::string_view key, Node value) {
  Node map = Node::MakeMap();
  map.Set(key, std::move(value));
  return map;
}

Node Base64(std::string_view bytes) { return Node::String(Base64Encode(bytes)); }

Node List(Node only) {
  Node list = Node::MakeList();
  list.Append(std::move(only));
  return list;
}

// Lists that would be empty are left out, as protojson does.
Node VerificationMaterial(const BundleMaterial& material) {
  Node node = material.certificate_der.empty()
                  ? Map("publicKey", Map("hint", Node::String(material.key_hint)))
                  : Map("certificate", Map("rawBytes", Base64(material.certificate_der)));
  Node entries = Node::MakeList();
  for (const Node& entry : material.log_entries) entries.Append(entry);
  if (!material.log_entries.empty()) node.Set("tlogEntries", std::move(entries));
  Node timestamps = Node::MakeList();
  for (const std::string& token : material.timestamps) {
    timestamps.Append(Map("signedTimestamp", Base64(token)));
  }
  if (!material.timestamps.empty()) {
    node.Set("timestampVerificationData", Map("rfc3161Timestamps", std::move(timestamps)));
  }
  return node;
}

std::string Write(const BundleMaterial& material, std::string_view content_name, Node content) {
  Node bundle = Map("mediaType", Node::String(std::string(kBundleMediaType)));
  bundle.Set("verificationMaterial", VerificationMaterial(material));
  bundle.Set(content_name, std::move(content));
  return WriteJson(bundle);
}

std::string_view EnumName(crypto::HashAlgorithm algorithm) {
  switch (algorithm) {
    case crypto::HashAlgorithm::kSha256:
      return "SHA2_256";
    case crypto::HashAlgorithm::kSha384:
      return "SHA2_384";
    case crypto::HashAlgorithm::kSha512:
      return "SHA2_512";
  }
  return "";
}

}  // namespace

std::string KeyHint(const crypto::PublicKey& key) { return Base64Encode(key.spki_sha256()); }

std::string WriteStatementBundle(const BundleMaterial& material, std::string_view statement,
                                 std::string_view signature) {
  Node envelope = Map("payload", Base64(statement));
  envelope.Set("payloadType", kInTotoPayloadType);
  envelope.Set("signatures", List(Map("sig", Base64(signature))));
  return Write(material, "dsseEnvelope", std::move(envelope));
}

std::string WriteMessageBundle(const BundleMaterial& material, crypto::HashAlgorithm algorithm,
                               std::string_view digest, std::string_view signature) {
  Node message_digest = Map("algorithm", Node::String(std::string(EnumName(algorithm))));
  message_digest.Set("digest", Base64(digest));
  Node message = Map("messageDigest", std::move(message_digest));
  message.Set("signature", Base64(signature));
  return Write(material, "messageSignature", std::move(message));
}

std::string WriteEnvelope(std::string_view statement, std::string_view signature) {
  Node one = Map("keyid", Node::String(""));
  one.Set("sig", Base64(signature));
  Node envelope = Map("payloadType", Node::String(std::string(kInTotoPayloadType)));
  envelope.Set("payload", Base64(statement));
  envelope.Set("signatures", List(std::move(one)));
  return WriteJson(envelope);
}

}  // namespace chartseal::publisher
