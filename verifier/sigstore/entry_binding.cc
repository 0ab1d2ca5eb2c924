#include "verifier/sigstore/entry_binding.h"

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/protobuf_enum.h"

namespace chartseal::sigstore {
namespace {

using Kind = LogRecord::Kind;

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kHashedRekord:
      return "hashedrekord 0.0.1";
    case Kind::kRekord:
      return "rekord 0.0.1";
    case Kind::kDsse:
      return "dsse 0.0.1";
    case Kind::kIntotoV1:
      return "intoto 0.0.1";
    case Kind::kIntotoV2:
      return "intoto 0.0.2";
    case Kind::kHashedRekordV2:
      return "hashedrekord 0.0.2";
  }
  return "";
}

bool KindFits(Kind kind, SignedContent::Kind content) {
  switch (content) {
    case SignedContent::Kind::kMessage:
      return kind == Kind::kHashedRekord || kind == Kind::kHashedRekordV2;
    case SignedContent::Kind::kDsse:
      return kind == Kind::kDsse || kind == Kind::kIntotoV2 || kind == Kind::kHashedRekordV2;
    case SignedContent::Kind::kLegacyPayload:
      return kind == Kind::kHashedRekord || kind == Kind::kRekord;
    case SignedContent::Kind::kLegacyAttestation:
      return kind == Kind::kDsse || kind == Kind::kIntotoV1 || kind == Kind::kIntotoV2;
  }
  return false;
}

std::string HashText(const LogRecord::Hash& hash) {
  return Cat(crypto::Name(hash.algorithm), ":", HexEncode(hash.value));
}

Checked<Passed> CompareHash(std::string_view what, const LogRecord::Hash& recorded,
                            const std::optional<std::string>& expected) {
  if (expected && recorded.value == *expected) return Passed{};
  std::string expected_text = "a digest that is known here";
  if (expected) expected_text = HashText({recorded.algorithm, *expected});
  return Rejection{Reason::kEntryDigestMismatch, Cat("the log entry's digest of ", what), expected_text,
                   HashText(recorded)};
}

// v1 entries about an envelope record the digest of its payload; all others that of the signed bytes.
Checked<Passed> CheckDigests(const LogRecord& record, const SignedContent& content) {
  if (record.envelope_hash) {
    RETURN_IF_REJECTED(CompareHash("the envelope", *record.envelope_hash,
                                   crypto::Hash(record.envelope_hash->algorithm, content.blob())));
  }
  if (content.is_dsse() && !record.IsRekorV2()) {
    return CompareHash("the payload", record.hash, crypto::Hash(record.hash.algorithm, content.payload()));
  }
  return CompareHash("the signed content", record.hash, content.Digest(record.hash.algorithm));
}

std::string ShortHash(std::string_view bytes) { return Cat("sha256:", HexEncode(crypto::Sha256(bytes))); }

}  // namespace

Checked<Passed> CheckEntryBinding(const LogRecord& record, const SignedContent& content,
                                  const Signer& signer) {
  if (!KindFits(record.kind, content.kind())) {
    return Rejection{
        Reason::kLogEntryKind,
        Cat("a log entry of this kind cannot prove ", content.is_dsse() ? "an envelope" : "a message"), "",
        std::string(KindName(record.kind))};
  }
  // intoto 0.0.1 records no signature of its own: its hash of the envelope, which contains it, is compared.
  if (record.kind != Kind::kIntotoV1 && record.signature != content.signature()) {
    return Rejection{Reason::kEntrySignatureMismatch, "the log entry records another signature",
                     Base64Encode(content.signature()), Base64Encode(record.signature)};
  }
  const bool same_kind = record.verifier_is_certificate == signer.leaf.has_value();
  if (!same_kind || record.verifier_der != signer.verifier_der()) {
    return Rejection{Reason::kEntryKeyMismatch,
                     Cat("the log entry records another ", signer.leaf ? "certificate" : "key"),
                     ShortHash(signer.verifier_der()), ShortHash(record.verifier_der)};
  }
  return CheckDigests(record, content);
}

Checked<std::string> RebuildRekorV2Body(const SignedContent& content, const Signer& signer) {
  const crypto::HashAlgorithm algorithm = HashOf(signer.PrimaryScheme());
  const std::string_view key_details = KeyDetailsName(signer.key);
  const auto digest = content.Digest(algorithm);
  if (key_details.empty() || !digest) {
    return Rejection{
        Reason::kAlgorithmUnsupported,
        Cat("a Rekor v2 entry for a key of type ", Name(signer.key.type()), " and ", crypto::Name(algorithm),
            " cannot be checked", digest ? "" : " without the artifact itself"),
        "", ""};
  }
  const std::string_view algorithm_name = algorithm == crypto::HashAlgorithm::kSha256   ? "SHA2_256"
                                          : algorithm == crypto::HashAlgorithm::kSha384 ? "SHA2_384"
                                                                                        : "SHA2_512";
  const std::string_view verifier = signer.leaf ? "x509Certificate" : "publicKey";
  // Members sorted; "keyDetails" sorts before either name of the verifier.
  return Cat(
      R"({"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":")",
      algorithm_name, R"(","digest":")", Base64Encode(*digest), R"("},"signature":{"content":")",
      Base64Encode(content.signature()), R"(","verifier":{"keyDetails":")", key_details, R"(",")", verifier,
      R"(":{"rawBytes":")", Base64Encode(signer.verifier_der()), R"("}}}}}})");
}

}  // namespace chartseal::sigstore
