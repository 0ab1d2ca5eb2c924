#include "verifier/sigstore/artifact_match.h"

#include <string>

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

constexpr std::string_view kInTotoPayload = "application/vnd.in-toto+json";

// The digest of the first subject that has one of this algorithm, for messages.
std::string FirstDigest(const Statement& statement, std::string_view algorithm) {
  for (const Statement::Subject& subject : statement.subjects) {
    for (const auto& [name, value] : subject.digests) {
      if (name == algorithm) return Cat(name, ":", value);
    }
  }
  return Cat("no ", algorithm, " digest");
}

std::string DigestText(crypto::HashAlgorithm algorithm, std::string_view raw) {
  return Cat(crypto::Name(algorithm), ":", HexEncode(raw));
}

}  // namespace

Checked<Passed> CheckMessageDigest(const MessageSignature& message, const Artifact& artifact) {
  if (!message.digest_algorithm) return Passed{};
  const crypto::HashAlgorithm algorithm = *message.digest_algorithm;
  std::string expected = artifact.digest.ToString();
  if (algorithm != artifact.digest.algorithm() && artifact.bytes) {
    expected = DigestText(algorithm, crypto::Hash(algorithm, *artifact.bytes));
  }
  const std::string found = DigestText(algorithm, message.digest);
  if (found == expected) return Passed{};
  return Rejection{Reason::kMessageDigestMismatch, "the bundle's messageDigest is not the artifact's digest",
                   std::move(expected), found};
}

Checked<Statement> StatementAbout(const DsseEnvelope& envelope, const crypto::Digest& artifact) {
  if (envelope.payload_type != kInTotoPayload) {
    return Rejection{Reason::kDssePayloadType, "payloadType of the DSSE envelope",
                     std::string(kInTotoPayload), Printable(envelope.payload_type)};
  }
  ASSIGN_OR_REJECT(Statement statement, ParseStatement(envelope.payload));
  if (statement.FindSubject(artifact) == nullptr) {
    return Rejection{Reason::kSubjectDigestMismatch,
                     Cat("none of the statement's ", statement.subjects.size(), " subjects is the artifact"),
                     artifact.ToString(), FirstDigest(statement, crypto::Name(artifact.algorithm()))};
  }
  return statement;
}

Checked<SimpleSigning> PayloadAbout(std::string_view blob, const crypto::Digest& artifact) {
  ASSIGN_OR_REJECT(SimpleSigning payload, ParseSimpleSigning(blob));
  if (payload.manifest_digest != artifact.ToString()) {
    return Rejection{Reason::kSubjectDigestMismatch, "the signed payload names another digest",
                     artifact.ToString(), Printable(payload.manifest_digest)};
  }
  return payload;
}

}  // namespace chartseal::sigstore
