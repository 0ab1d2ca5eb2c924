#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

// The sandbox's DER encoder (X.690): every function returns one complete element. Nothing here reads DER.
namespace chartseal::sandbox::der {

// An element with any identifier octet below the high-tag form.
std::string Element(uint8_t tag, std::string_view content);

std::string Sequence(const std::vector<std::string>& elements);
// SET OF: sorts its elements as DER asks.
std::string SetOf(std::vector<std::string> elements);

std::string Boolean(bool value);
std::string Null();
std::string Integer(int64_t value);
// Non-negative integer given by its big-endian magnitude; adds the leading zero that keeps it positive.
std::string UnsignedInteger(std::string_view magnitude);
std::string Enumerated(int64_t value);
// Dotted text, e.g. "1.3.6.1.4.1.57264.1.8".
std::string Oid(std::string_view dotted);
std::string OctetString(std::string_view bytes);
// A bit string of whole bytes.
std::string BitString(std::string_view bytes);
// A named-bit list (KeyUsage): bit 0 first; trailing zero bits are dropped.
std::string NamedBits(const std::vector<int>& set_bits);
std::string Utf8String(std::string_view text);
std::string PrintableString(std::string_view text);
// UTCTime below the year 2050, GeneralizedTime from then on (RFC 5280 §4.1.2.5).
std::string X509Time(absl::Time time);
// GeneralizedTime in UTC; a fraction of a second is written when the time has one, as far as milliseconds.
std::string GeneralizedTime(absl::Time time);

// [n] EXPLICIT and [n] IMPLICIT (primitive, constructed).
std::string Explicit(int n, std::string_view element);
std::string ImplicitPrimitive(int n, std::string_view content);
std::string ImplicitConstructed(int n, std::string_view content);

// AlgorithmIdentifier without parameters, and with NULL parameters.
std::string Algorithm(std::string_view oid);
std::string AlgorithmWithNull(std::string_view oid);

}  // namespace chartseal::sandbox::der
