#include "verifier/sigstore/claims.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/der_reader.h"

namespace chartseal::sigstore {
namespace {

using crypto::Certificate;
using crypto::SubjectAltName;

constexpr int kIssuerV1 = 1;
constexpr int kUsernameSan = 7;
constexpr int kIssuerV2 = 8;

// At index N the name of 1.3.6.1.4.1.57264.1.N. The issuers have none: an identity names its issuer in a
// field of its own.
constexpr std::string_view kNames[Claims::kHighestNumber + 1] = {
    "",
    "",
    "githubWorkflowTrigger",
    "githubWorkflowSHA",
    "githubWorkflowName",
    "githubWorkflowRepository",
    "githubWorkflowRef",
    "",
    "",
    "buildSignerURI",
    "buildSignerDigest",
    "runnerEnvironment",
    "sourceRepositoryURI",
    "sourceRepositoryDigest",
    "sourceRepositoryRef",
    "sourceRepositoryIdentifier",
    "sourceRepositoryOwnerURI",
    "sourceRepositoryOwnerIdentifier",
    "buildConfigURI",
    "buildConfigDigest",
    "buildTrigger",
    "runInvocationURI",
    "sourceRepositoryVisibilityAtSigning",
    "deploymentEnvironment",
    "tokenSubject",
};

// Numbers below 7 were defined first and hold the bare bytes of the text.
bool IsRaw(int number) { return number < kUsernameSan; }

// N of an OID 1.3.6.1.4.1.57264.1.N that is read here, else 0.
int NumberOf(std::string_view oid) {
  constexpr size_t kArc = crypto::oid::kFulcioArc.size();
  if (oid.substr(0, kArc) != crypto::oid::kFulcioArc || oid.size() <= kArc || oid[kArc] != '.') return 0;
  int number = 0;
  if (!absl::SimpleAtoi(ToAbsl(oid.substr(kArc + 1)), &number)) return 0;
  const bool known = number >= 1 && number <= Claims::kHighestNumber && number != kUsernameSan;
  return known ? number : 0;
}

// The text of a value that is exactly one DER UTF8String.
std::optional<std::string> ReadUtf8String(std::string_view der) {
  crypto::DerReader reader(der);
  const auto element = reader.Expect(crypto::der::kUtf8String);
  if (!element.ok() || !reader.AtEnd()) return std::nullopt;
  return std::string(element->contents);
}

Checked<std::string> ReadExtension(int number, const crypto::Extension& extension) {
  const std::optional<std::string> text =
      IsRaw(number) ? std::optional(extension.value) : ReadUtf8String(extension.value);
  if (!text) {
    return Rejection{Reason::kClaimsMalformed, Cat("extension ", extension.oid, " could not be read"),
                     "a DER UTF8String"};
  }
  if (!IsUtf8(*text)) {
    return Rejection{Reason::kClaimsMalformed, Cat("extension ", extension.oid, " is not UTF-8 text")};
  }
  return *text;
}

Checked<std::string> ReadIssuer(const Claims& claims) {
  const std::string& v1 = claims.extensions[kIssuerV1];
  const std::string& v2 = claims.extensions[kIssuerV2];
  if (!v1.empty() && !v2.empty() && v1 != v2) {
    return Rejection{Reason::kIssuerAmbiguous, "the certificate's two issuer extensions differ",
                     Printable(v1), Printable(v2)};
  }
  if (v1.empty() && v2.empty()) {
    return Rejection{Reason::kClaimsMalformed, "the certificate names no issuer",
                     "extension 1.3.6.1.4.1.57264.1.8"};
  }
  return v2.empty() ? v1 : v2;
}

// Text that people compare by eye: control characters could make two identities look the same.
bool IsPlainText(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return !text.empty() && IsUtf8(text);
}

std::string_view KindName(SubjectAltName::Kind kind) {
  switch (kind) {
    case SubjectAltName::Kind::kUri:
      return "a URI";
    case SubjectAltName::Kind::kEmail:
      return "an e-mail address";
    case SubjectAltName::Kind::kOtherName:
      return "an otherName";
    case SubjectAltName::Kind::kDns:
      return "a DNS name";
    case SubjectAltName::Kind::kIp:
      return "an IP address";
    case SubjectAltName::Kind::kOther:
      return "a name of another kind";
  }
  return "";
}

Rejection NoIdentity(std::string found) {
  return {Reason::kIdentityAmbiguous, "the certificate's subject alternative name is no identity",
          "exactly one URI, e-mail address or Fulcio username", std::move(found)};
}

// Exactly one name, of a kind that Fulcio vouches for (spec/sigstore.md §4.12).
Checked<Passed> ReadIdentity(const Certificate& certificate, Claims& claims) {
  const std::vector<SubjectAltName>& names = certificate.subject_alt_names();
  if (names.size() != 1) return NoIdentity(Cat(names.size(), " names"));
  const SubjectAltName& name = names[0];
  claims.identity = name.value;
  if (name.kind == SubjectAltName::Kind::kUri) {
    claims.identity_kind = Claims::IdentityKind::kUri;
  } else if (name.kind == SubjectAltName::Kind::kEmail) {
    claims.identity_kind = Claims::IdentityKind::kEmail;
  } else if (name.kind == SubjectAltName::Kind::kOtherName &&
             name.type_oid == crypto::oid::kFulcioOtherName) {
    claims.identity_kind = Claims::IdentityKind::kUsername;
    claims.identity = ReadUtf8String(name.value).value_or("");
  } else {
    return NoIdentity(std::string(KindName(name.kind)));
  }
  if (!IsPlainText(claims.identity)) {
    return Rejection{Reason::kClaimsMalformed, "the certificate's identity is empty or not plain text", "",
                     Printable(claims.identity)};
  }
  return Passed{};
}

}  // namespace

std::string_view Claims::Get(std::string_view name) const {
  const int number = ClaimNumber(name);
  return number == 0 ? std::string_view() : std::string_view(extensions[static_cast<size_t>(number)]);
}

int ClaimNumber(std::string_view name) {
  for (int number = 1; number <= Claims::kHighestNumber; ++number) {
    if (!name.empty() && kNames[number] == name) return number;
  }
  return 0;
}

std::string_view ClaimName(int number) {
  return number < 1 || number > Claims::kHighestNumber ? std::string_view() : kNames[number];
}

Checked<Claims> ReadClaims(const Certificate& certificate) {
  Claims claims;
  for (const crypto::Extension& extension : certificate.extensions()) {
    const int number = NumberOf(extension.oid);
    if (number == 0) continue;
    ASSIGN_OR_REJECT(claims.extensions[static_cast<size_t>(number)], ReadExtension(number, extension));
  }
  ASSIGN_OR_REJECT(claims.issuer, ReadIssuer(claims));
  RETURN_IF_REJECTED(ReadIdentity(certificate, claims));
  return claims;
}

}  // namespace chartseal::sigstore
