#include "tests/sandbox/der_writer.h"

#include <algorithm>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox::der {
namespace {

std::string Length(size_t size) {
  if (size < 0x80) return std::string(1, static_cast<char>(size));
  std::string digits;
  for (size_t rest = size; rest > 0; rest >>= 8) digits.insert(digits.begin(), static_cast<char>(rest & 255));
  return static_cast<char>(0x80 | digits.size()) + digits;
}

std::string Base128(uint64_t arc) {
  std::string digits(1, static_cast<char>(arc & 0x7f));
  for (arc >>= 7; arc > 0; arc >>= 7) digits.insert(digits.begin(), static_cast<char>(0x80 | (arc & 0x7f)));
  return digits;
}

// Two's complement with the fewest bytes.
std::string MinimalInteger(int64_t value) {
  std::string bytes = BigEndian(static_cast<uint64_t>(value), 8);
  const char filler = value < 0 ? '\xff' : '\0';
  while (bytes.size() > 1 && bytes[0] == filler && (bytes[0] & 0x80) == (bytes[1] & 0x80)) bytes.erase(0, 1);
  return bytes;
}

std::string Format(absl::Time time, const char* format) {
  return absl::FormatTime(format, time, absl::UTCTimeZone());
}

}  // namespace

std::string Element(uint8_t tag, std::string_view content) {
  std::string element(1, static_cast<char>(tag));
  element += Length(content.size());
  element += content;
  return element;
}

std::string Sequence(const std::vector<std::string>& elements) {
  std::string content;
  for (const std::string& element : elements) content += element;
  return Element(0x30, content);
}

std::string SetOf(std::vector<std::string> elements) {
  std::sort(elements.begin(), elements.end());
  std::string content;
  for (const std::string& element : elements) content += element;
  return Element(0x31, content);
}

std::string Boolean(bool value) { return Element(0x01, std::string(1, value ? '\xff' : '\0')); }
std::string Null() { return Element(0x05, ""); }
std::string Integer(int64_t value) { return Element(0x02, MinimalInteger(value)); }
std::string Enumerated(int64_t value) { return Element(0x0a, MinimalInteger(value)); }

std::string UnsignedInteger(std::string_view magnitude) {
  while (magnitude.size() > 1 && magnitude[0] == '\0') magnitude.remove_prefix(1);
  std::string bytes(magnitude);
  if (bytes.empty() || (bytes[0] & 0x80) != 0) bytes.insert(bytes.begin(), '\0');
  return Element(0x02, bytes);
}

std::string Oid(std::string_view dotted) {
  std::vector<uint64_t> arcs(1, 0);
  for (const char c : dotted) {
    if (c == '.') {
      arcs.push_back(0);
    } else {
      arcs.back() = arcs.back() * 10 + static_cast<uint64_t>(c - '0');
    }
  }
  Require(arcs.size() >= 2, "an object identifier has two arcs or more");
  std::string content = Base128(arcs[0] * 40 + arcs[1]);
  for (size_t i = 2; i < arcs.size(); ++i) content += Base128(arcs[i]);
  return Element(0x06, content);
}

std::string OctetString(std::string_view bytes) { return Element(0x04, bytes); }
std::string BitString(std::string_view bytes) {
  return Element(0x03, std::string(1, '\0') + std::string(bytes));
}

std::string NamedBits(const std::vector<int>& set_bits) {
  if (set_bits.empty()) return Element(0x03, std::string(1, '\0'));
  const int last = *std::max_element(set_bits.begin(), set_bits.end());
  std::string bytes(static_cast<size_t>(last / 8 + 1), '\0');
  for (const int bit : set_bits) bytes[static_cast<size_t>(bit / 8)] |= static_cast<char>(0x80 >> bit % 8);
  return Element(0x03, std::string(1, static_cast<char>(7 - last % 8)) + bytes);
}

std::string Utf8String(std::string_view text) { return Element(0x0c, text); }
std::string PrintableString(std::string_view text) { return Element(0x13, text); }

std::string X509Time(absl::Time time) {
  if (time < absl::FromCivil(absl::CivilYear(2050), absl::UTCTimeZone())) {
    return Element(0x17, Format(time, "%y%m%d%H%M%SZ"));
  }
  return Element(0x18, Format(time, "%Y%m%d%H%M%SZ"));
}

std::string GeneralizedTime(absl::Time time) {
  if (absl::ToUnixMillis(time) % 1000 == 0) return Element(0x18, Format(time, "%Y%m%d%H%M%SZ"));
  std::string text = Format(time, "%Y%m%d%H%M%E3S");
  while (text.back() == '0') text.pop_back();
  return Element(0x18, text + "Z");
}

std::string Explicit(int n, std::string_view element) { return ImplicitConstructed(n, element); }

std::string ImplicitPrimitive(int n, std::string_view content) {
  return Element(static_cast<uint8_t>(0x80 | n), content);
}

std::string ImplicitConstructed(int n, std::string_view content) {
  return Element(static_cast<uint8_t>(0xa0 | n), content);
}

std::string Algorithm(std::string_view oid) { return Sequence({Oid(oid)}); }
std::string AlgorithmWithNull(std::string_view oid) { return Sequence({Oid(oid), Null()}); }

}  // namespace chartseal::sandbox::der
