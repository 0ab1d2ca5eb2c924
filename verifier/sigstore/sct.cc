#include "verifier/sigstore/sct.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/der_reader.h"

// RFC 6962 §3.2, §3.3; integers are big-endian, vectors carry their length in front (RFC 5246 §4).
namespace chartseal::sigstore {
namespace {

using crypto::Certificate;
using crypto::SignatureCheck;
using crypto::SignatureScheme;

constexpr char kSctVersion1 = 0;
constexpr char kCertificateTimestamp = 0;  // SignatureType
constexpr uint64_t kPrecertEntry = 1;      // LogEntryType
constexpr uint64_t kHashSha256 = 4;        // TLS HashAlgorithm
constexpr uint64_t kSignatureRsa = 1;      // TLS SignatureAlgorithm
constexpr uint64_t kSignatureEcdsa = 3;
constexpr size_t kLogIdBytes = 32;

std::string BigEndian(uint64_t value, size_t bytes) {
  std::string out(bytes, '\0');
  for (size_t i = bytes; i-- > 0; value >>= 8) out[i] = static_cast<char>(value);
  return out;
}

// Reads in sequence; once something was missing, every further read gives nothing and ok() is false.
class TlsReader {
 public:
  explicit TlsReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view Bytes(size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  uint64_t Number(size_t bytes) {
    uint64_t value = 0;
    for (const char c : Bytes(bytes)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  // A vector with a length of two bytes.
  std::string_view Vector() { return Bytes(static_cast<size_t>(Number(2))); }

  bool AtEnd() const { return rest_.empty(); }
  // Everything was there and nothing is left.
  bool Done() const { return ok_ && AtEnd(); }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Sct {
  std::string_view log_id;
  uint64_t timestamp_ms = 0;
  std::string_view extensions;
  uint64_t hash = 0;
  uint64_t signature_algorithm = 0;
  std::string_view signature;
};

Rejection Malformed(std::string_view what) {
  return {Reason::kSctMalformed, Cat("the certificate's SCT list: ", what)};
}

Checked<Sct> ReadSct(std::string_view bytes) {
  TlsReader reader(bytes);
  if (reader.Bytes(1) != std::string_view(&kSctVersion1, 1)) return Malformed("an SCT is not of version 1");
  Sct sct;
  sct.log_id = reader.Bytes(kLogIdBytes);
  sct.timestamp_ms = reader.Number(8);
  sct.extensions = reader.Vector();
  sct.hash = reader.Number(1);
  sct.signature_algorithm = reader.Number(1);
  sct.signature = reader.Vector();
  if (!reader.Done()) return Malformed("an SCT is cut short or has trailing bytes");
  return sct;
}

// The extension's value is an OCTET STRING around the TLS list.
Checked<std::vector<Sct>> ReadSctList(std::string_view extension) {
  crypto::DerReader der(extension);
  const auto octets = der.Expect(crypto::der::kOctetString);
  if (!octets.ok() || !der.AtEnd()) return Malformed("is not one DER OCTET STRING");
  TlsReader outer(octets->contents);
  TlsReader list(outer.Vector());
  if (!outer.Done()) return Malformed("is cut short or has trailing bytes");
  std::vector<Sct> scts;
  while (!list.AtEnd()) {
    if (scts.size() == limits::kMaxScts) return Malformed(Cat("more than ", limits::kMaxScts, " SCTs"));
    const std::string_view bytes = list.Vector();
    if (!list.ok()) return Malformed("is cut short");
    ASSIGN_OR_REJECT(Sct sct, ReadSct(bytes));
    scts.push_back(sct);
  }
  if (scts.empty()) return Malformed("is empty");
  return scts;
}

// What a log signs for a precertificate: `digitally-signed struct` of RFC 6962 §3.2.
std::string SignedBytes(const Sct& sct, std::string_view issuer_key_hash, std::string_view tbs) {
  return Cat(std::string{kSctVersion1, kCertificateTimestamp}, BigEndian(sct.timestamp_ms, 8),
             BigEndian(kPrecertEntry, 2), issuer_key_hash, BigEndian(tbs.size(), 3), tbs,
             BigEndian(sct.extensions.size(), 2), sct.extensions);
}

std::optional<SignatureScheme> SchemeOf(const Sct& sct) {
  if (sct.hash != kHashSha256) return std::nullopt;
  if (sct.signature_algorithm == kSignatureEcdsa) return SignatureScheme::kEcdsaSha256;
  if (sct.signature_algorithm == kSignatureRsa) return SignatureScheme::kRsaPkcs1Sha256;
  return std::nullopt;
}

// By one of the `logs`, which all have the SCT's log id and differ in when they are valid.
Checked<Passed> VerifySct(const Sct& sct, const std::vector<const TransparencyLog*>& logs,
                          std::string_view signed_bytes) {
  const std::string name = Cat("the SCT of CT log ", logs[0]->base_url);
  const auto seconds = static_cast<int64_t>(sct.timestamp_ms / 1000);
  const absl::Time time = absl::FromUnixSeconds(seconds);
  const std::optional<SignatureScheme> scheme = SchemeOf(sct);
  if (!scheme)
    return Rejection{Reason::kSctInvalid, Cat(name, " uses an algorithm that RFC 6962 does not allow")};
  bool in_time = false;
  for (const TransparencyLog* log : logs) {
    if (!log->valid_for.Contains(time)) continue;
    in_time = true;
    if (log->key.Verify(*scheme, signed_bytes, sct.signature) == SignatureCheck::kValid) return Passed{};
  }
  if (!in_time) {
    return Rejection{Reason::kSctInvalid, Cat(name, " lies outside the validity of the log's key"), "",
                     absl::FormatTime(time, absl::UTCTimeZone())};
  }
  return Rejection{Reason::kSctInvalid, Cat(name, " does not verify for this certificate and issuer")};
}

}  // namespace

Checked<std::set<std::string>> VerifyScts(const Certificate& leaf, const Certificate& issuer,
                                          const TrustedRoot& root, int threshold) {
  std::set<std::string> logs;
  if (leaf.FindExtension(crypto::oid::kCtPoison) != nullptr) {
    return Malformed("the certificate is a precertificate, which is no certificate");
  }
  const crypto::Extension* extension = leaf.FindExtension(crypto::oid::kSctList);
  if (extension == nullptr) {
    if (threshold <= 0) return logs;
    return Rejection{Reason::kSctMissing, "the certificate has no embedded SCT"};
  }
  ASSIGN_OR_REJECT(const std::vector<Sct> scts, ReadSctList(extension->value));
  const auto tbs = leaf.TbsWithoutExtension(crypto::oid::kSctList);
  if (!tbs.ok()) return Malformed("could not be taken out of the certificate");
  for (const Sct& sct : scts) {
    const std::vector<const TransparencyLog*> known = root.FindCtlogs(sct.log_id);
    if (known.empty()) continue;
    RETURN_IF_REJECTED(VerifySct(sct, known, SignedBytes(sct, issuer.public_key().spki_sha256(), *tbs)));
    logs.insert(std::string(sct.log_id));
  }
  if (static_cast<int>(logs.size()) < threshold) {
    return Rejection{Reason::kSctThreshold, "too few trusted CT logs vouch for the certificate",
                     Cat(threshold), Cat(logs.size())};
  }
  return logs;
}

}  // namespace chartseal::sigstore
