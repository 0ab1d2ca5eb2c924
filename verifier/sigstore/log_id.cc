#include "verifier/sigstore/log_id.h"

#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"

namespace chartseal::sigstore {
namespace {

// Signature type bytes of C2SP signed-note: 0x01 is Ed25519, 0xFF announces a name of the type's own.
constexpr std::string_view kEd25519Type = "\x01";
constexpr std::string_view kRsaType = "\xFFPKIX-RSA-PKCS#1v1.5";

}  // namespace

std::string SpkiLogId(const crypto::PublicKey& key) { return key.spki_sha256(); }

std::string SignedNoteLogId(std::string_view origin, const crypto::PublicKey& key) {
  switch (key.type()) {
    case crypto::KeyType::kEd25519:
      return crypto::Sha256(Cat(origin, "\n", kEd25519Type, key.ed25519_raw()));
    case crypto::KeyType::kRsa:
      return crypto::Sha256(Cat(origin, "\n", kRsaType, key.spki_der()));
    default:
      return "";
  }
}

std::string HostOfUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) return "";  // a trusted root has no use for user names
  if (!host.empty() && host.front() == '[') {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? "" : std::string(host.substr(1, end - 1));
  }
  return std::string(host.substr(0, host.find(':')));
}

}  // namespace chartseal::sigstore
