#include "tests/sandbox/encoding.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

namespace chartseal::sandbox {
namespace {

constexpr char kStandardAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrlAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string EncodeWith(const char* alphabet, bool pad, std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    }
    const size_t characters = std::min<size_t>(bytes.size() - i, 3) + 1;
    for (size_t k = 0; k < characters; ++k) text += alphabet[group >> (18 - 6 * k) & 63];
    if (pad) text.append(4 - characters, '=');
  }
  return text;
}

int SextetOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

int NibbleOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Hash(const EVP_MD* algorithm, std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  Require(EVP_Digest(bytes.data(), bytes.size(), digest, &size, algorithm, nullptr) == 1, "EVP_Digest");
  return std::string(reinterpret_cast<char*>(digest), size);
}

}  // namespace

std::string HexEncode(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return text;
}

std::string HexDecode(std::string_view hex) {
  Require(hex.size() % 2 == 0, "hex text of odd length");
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = NibbleOf(hex[i]);
    const int low = NibbleOf(hex[i + 1]);
    Require(high >= 0 && low >= 0, "hex text with another character");
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string Base64Encode(std::string_view bytes) { return EncodeWith(kStandardAlphabet, true, bytes); }
std::string Base64UrlEncode(std::string_view bytes) { return EncodeWith(kUrlAlphabet, false, bytes); }

bool Base64Decode(std::string_view text, std::string* bytes) {
  bytes->clear();
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    if (c == '\n' || c == '\r' || c == ' ') continue;
    const int sextet = SextetOf(c);
    if (sextet < 0) return false;
    buffer = buffer << 6 | static_cast<uint32_t>(sextet);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *bytes += static_cast<char>(buffer >> bits & 255);
    }
  }
  return true;
}

std::string Sha1(std::string_view bytes) { return Hash(EVP_sha1(), bytes); }
std::string Sha256(std::string_view bytes) { return Hash(EVP_sha256(), bytes); }
std::string Sha384(std::string_view bytes) { return Hash(EVP_sha384(), bytes); }
std::string Sha512(std::string_view bytes) { return Hash(EVP_sha512(), bytes); }

std::string OciDigest(std::string_view bytes) { return "sha256:" + HexEncode(Sha256(bytes)); }

std::string PemEncode(std::string_view label, std::string_view der) {
  const std::string text = Base64Encode(der);
  std::string pem = "-----BEGIN " + std::string(label) + "-----\n";
  for (size_t i = 0; i < text.size(); i += 64) pem += text.substr(i, 64) + "\n";
  return pem + "-----END " + std::string(label) + "-----\n";
}

std::string PemDecode(std::string_view label, std::string_view pem) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const size_t from = pem.find(begin);
  if (from == std::string_view::npos) return "";
  const size_t to = pem.find("-----END", from);
  if (to == std::string_view::npos) return "";
  std::string der;
  const size_t body = from + begin.size();
  return Base64Decode(pem.substr(body, to - body), &der) ? der : "";
}

std::string BigEndian(uint64_t value, int width) {
  std::string bytes;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

std::string RandomBytes(int count) {
  std::string bytes(static_cast<size_t>(count), '\0');
  Require(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), count) == 1, "RAND_bytes");
  return bytes;
}

void Require(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "sandbox: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace chartseal::sandbox
