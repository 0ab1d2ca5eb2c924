#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Hex, base64, hashes and PEM of the sandbox. Deliberately separate from verifier/base: see design §8.
namespace chartseal::sandbox {

std::string HexEncode(std::string_view bytes);  // lower case
// Decodes pairs of hex digits of either case; ends the process on anything else (sandbox inputs are its own).
std::string HexDecode(std::string_view hex);

// RFC 4648 standard alphabet, padded, one line.
std::string Base64Encode(std::string_view bytes);
// URL-safe alphabet without padding, as JWT needs it.
std::string Base64UrlEncode(std::string_view bytes);
// Lenient: takes both alphabets, ignores white space, stops at padding. Returns false on another character.
bool Base64Decode(std::string_view text, std::string* bytes);

std::string Sha1(std::string_view bytes);
std::string Sha256(std::string_view bytes);
std::string Sha384(std::string_view bytes);
std::string Sha512(std::string_view bytes);

// "sha256:<hex>" of the bytes, as OCI writes it.
std::string OciDigest(std::string_view bytes);

// PEM with 64 characters per line and a final newline.
std::string PemEncode(std::string_view label, std::string_view der);
// The DER of the first block with that label, or "" when there is none.
std::string PemDecode(std::string_view label, std::string_view pem);

// Big-endian integer of `width` bytes.
std::string BigEndian(uint64_t value, int width);

std::string RandomBytes(int count);

// Ends the process with a message when a sandbox invariant does not hold: the caller is a test or the demo.
void Require(bool condition, std::string_view what);

}  // namespace chartseal::sandbox
