#include "publisher/signing/cosign_key.h"

#include <sodium.h>

#include <bit>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

// The one file that knows libsodium.
namespace chartseal::publisher {
namespace {

constexpr std::string_view kWhere = "cosign key";
constexpr std::string_view kLabels[] = {"ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"};

// cosign writes N = 65536 (older ones 32768), r = 8, p = 1. Four times that is room enough; scrypt takes
// 128·N·r bytes of memory and time in proportion to N·r·p.
constexpr int64_t kLargestN = 1 << 18;
constexpr int64_t kLargestR = 8;
constexpr int64_t kLargestP = 4;

absl::Status Unusable(std::string_view what) { return Malformed(Reason::kPrivateKeyUnusable, kWhere, what); }

const unsigned char* Octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// A secret that is wiped when it goes.
struct Wiped {
  std::string bytes;
  explicit Wiped(size_t size) : bytes(size, '\0') {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { sodium_memzero(bytes.data(), bytes.size()); }
  unsigned char* data() { return reinterpret_cast<unsigned char*>(bytes.data()); }
};

struct Envelope {
  int64_t n = 0, r = 0, p = 0;
  std::string salt, nonce, ciphertext;
};

absl::Status ExpectName(ObjectReader& reader, std::string_view expected) {
  ASSIGN_OR_RETURN(const std::string name, reader.String("name"));
  if (name == expected) return absl::OkStatus();
  return reader.ErrorAt("name", Cat("expected ", expected, ", found '", Printable(name, 64), "'"));
}

absl::Status ReadKdf(ObjectReader kdf, Envelope& envelope) {
  RETURN_IF_ERROR(ExpectName(kdf, "scrypt"));
  ASSIGN_OR_RETURN(envelope.salt, kdf.Bytes("salt"));
  ASSIGN_OR_RETURN(ObjectReader params, kdf.Object("params"));
  RETURN_IF_ERROR(kdf.Done());
  ASSIGN_OR_RETURN(envelope.n, params.Int64Or("N", 0));
  ASSIGN_OR_RETURN(envelope.r, params.Int64Or("r", 0));
  ASSIGN_OR_RETURN(envelope.p, params.Int64Or("p", 0));
  RETURN_IF_ERROR(params.Done());
  const bool whole = envelope.n > 1 && std::has_single_bit(static_cast<uint64_t>(envelope.n));
  if (!whole || envelope.r < 1 || envelope.p < 1) return params.Error("no parameters of scrypt");
  if (envelope.n > kLargestN || envelope.r > kLargestR || envelope.p > kLargestP) {
    return params.Error(Cat("scrypt with N=", envelope.n, " r=", envelope.r, " p=", envelope.p,
                            " costs more than any key of cosign; at most N=", kLargestN, " r=", kLargestR,
                            " p=", kLargestP));
  }
  return absl::OkStatus();
}

absl::Status ReadCipher(ObjectReader cipher, Envelope& envelope) {
  RETURN_IF_ERROR(ExpectName(cipher, "nacl/secretbox"));
  ASSIGN_OR_RETURN(envelope.nonce, cipher.Bytes("nonce"));
  RETURN_IF_ERROR(cipher.Done());
  if (envelope.nonce.size() == crypto_secretbox_NONCEBYTES) return absl::OkStatus();
  return cipher.ErrorAt("nonce", Cat("expected ", crypto_secretbox_NONCEBYTES, " bytes"));
}

absl::StatusOr<Envelope> ReadEnvelope(std::string_view json) {
  ASSIGN_OR_RETURN(const Node node,
                   ParseJson(json, kWhere, {.max_bytes = limits::kMaxPrivateKeyBytes, .max_nodes = 100}));
  ASSIGN_OR_RETURN(ObjectReader root, ObjectReader::Root(node, kWhere, Reason::kPrivateKeyUnusable));
  Envelope envelope;
  ASSIGN_OR_RETURN(ObjectReader kdf, root.Object("kdf"));
  RETURN_IF_ERROR(ReadKdf(std::move(kdf), envelope));
  ASSIGN_OR_RETURN(ObjectReader cipher, root.Object("cipher"));
  RETURN_IF_ERROR(ReadCipher(std::move(cipher), envelope));
  ASSIGN_OR_RETURN(envelope.ciphertext, root.Bytes("ciphertext"));
  RETURN_IF_ERROR(root.Done());
  if (envelope.ciphertext.size() > crypto_secretbox_MACBYTES) return envelope;
  return root.ErrorAt("ciphertext", "too short to hold a key");
}

absl::StatusOr<std::string> Block(std::string_view pem) {
  if (pem.size() > limits::kMaxPrivateKeyBytes) return Unusable("larger than any private key");
  for (const std::string_view label : kLabels) {
    auto block = PemDecode(pem, label);
    if (block.ok()) return block;
    if (!absl::IsNotFound(block.status())) return Unusable(Message(block.status()));
  }
  return Unusable(Cat("no PEM block '", kLabels[0], "'"));
}

}  // namespace

bool IsCosignKey(std::string_view pem) {
  for (const std::string_view label : kLabels) {
    if (pem.find(Cat("-----BEGIN ", label, "-----")) != std::string_view::npos) return true;
  }
  return false;
}

absl::StatusOr<crypto::PrivateKey> DecryptCosignKey(std::string_view pem, std::string_view pass_phrase) {
  if (sodium_init() < 0) return Unusable("libsodium cannot be used");
  ASSIGN_OR_RETURN(const std::string json, Block(pem));
  auto read = ReadEnvelope(json);
  if (!read.ok()) return WithReason(read.status(), Reason::kPrivateKeyUnusable);
  const Envelope& envelope = *read;
  Wiped key(crypto_secretbox_KEYBYTES);
  const int derived = crypto_pwhash_scryptsalsa208sha256_ll(
      Octets(pass_phrase), pass_phrase.size(), Octets(envelope.salt), envelope.salt.size(),
      static_cast<uint64_t>(envelope.n), static_cast<uint32_t>(envelope.r), static_cast<uint32_t>(envelope.p),
      key.data(), key.bytes.size());
  if (derived != 0) return Unusable("scrypt failed; is there enough memory?");
  Wiped der(envelope.ciphertext.size() - crypto_secretbox_MACBYTES);
  if (crypto_secretbox_open_easy(der.data(), Octets(envelope.ciphertext), envelope.ciphertext.size(),
                                 Octets(envelope.nonce), key.data()) != 0) {
    return Unusable("the pass phrase (COSIGN_PASSWORD) is wrong, or the file was changed");
  }
  return crypto::PrivateKey::FromPkcs8Der(der.bytes);
}

}  // namespace chartseal::publisher
