#include "verifier/crypto/der_reader.h"

#include <limits>

#include "absl/time/civil_time.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::crypto {
namespace {

absl::Status Bad(std::string_view what) { return absl::InvalidArgumentError(Cat("DER: ", what)); }

std::string TagName(uint8_t tag) {
  constexpr char kHex[] = "0123456789abcdef";
  return {'0', 'x', kHex[tag >> 4], kHex[tag & 15]};
}

// Identifier and length octets (X.690 §8.1.2, §8.1.3, §10.1). Four length octets reach beyond every limit on
// outside input.
absl::Status ReadHeader(std::string_view bytes, size_t& header, size_t& length) {
  if (bytes.size() < 2) return Bad("truncated");
  const auto tag = static_cast<uint8_t>(bytes[0]);
  if ((tag & 0x1F) == 0x1F || tag == 0) return Bad(Cat("unsupported tag ", TagName(tag)));
  const auto first = static_cast<uint8_t>(bytes[1]);
  header = 2;
  length = first;
  if (first < 0x80) return absl::OkStatus();
  const size_t octets = first & 0x7F;
  if (octets == 0) return Bad("indefinite length");
  if (octets > 4) return Bad("length of more than four octets");
  if (bytes.size() < 2 + octets) return Bad("truncated");
  length = 0;
  for (size_t i = 0; i < octets; ++i) length = length << 8 | static_cast<uint8_t>(bytes[2 + i]);
  if (length < 0x80 || (bytes[2] == 0)) return Bad("length is not minimal");
  header += octets;
  return absl::OkStatus();
}

// Decimal digits of fixed width; -1 on anything else.
int Digits(std::string_view text, size_t from, size_t count) {
  int value = 0;
  for (size_t i = from; i < from + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// The digits after the point (X.690 §11.7: at least one, none of them a trailing zero). What is below a
// nanosecond is dropped.
absl::StatusOr<absl::Duration> Fraction(std::string_view digits) {
  if (digits.empty() || digits.back() == '0') return Bad("fraction of a second is not canonical");
  int64_t nanoseconds = 0;
  int64_t unit = 100'000'000;
  for (char c : digits) {
    if (c < '0' || c > '9') return Bad("not a time");
    nanoseconds += (c - '0') * unit;
    unit /= 10;
  }
  return absl::Nanoseconds(nanoseconds);
}

}  // namespace

absl::Status DerReader::End() const {
  return AtEnd() ? absl::OkStatus() : Bad(Cat(rest_.size(), " trailing bytes"));
}

absl::StatusOr<DerElement> DerReader::Next() {
  size_t header = 0;
  size_t length = 0;
  RETURN_IF_ERROR(ReadHeader(rest_, header, length));
  if (length > rest_.size() - header) return Bad("truncated");
  const DerElement element{static_cast<uint8_t>(rest_[0]), rest_.substr(header, length),
                           rest_.substr(0, header + length)};
  rest_.remove_prefix(header + length);
  return element;
}

absl::StatusOr<DerElement> DerReader::Expect(uint8_t tag) {
  if (AtEnd()) return Bad(Cat("expected tag ", TagName(tag), ", found the end"));
  if (PeekTag() != tag) return Bad(Cat("expected tag ", TagName(tag), ", found ", TagName(PeekTag())));
  return Next();
}

absl::StatusOr<DerReader> DerReader::Enter(uint8_t tag) {
  ASSIGN_OR_RETURN(const DerElement element, Expect(tag));
  return DerReader(element.contents);
}

absl::StatusOr<bool> DerReader::Skip(uint8_t tag) {
  if (AtEnd() || PeekTag() != tag) return false;
  RETURN_IF_ERROR(Next().status());
  return true;
}

absl::StatusOr<std::string> DerReader::Oid() {
  ASSIGN_OR_RETURN(const DerElement element, Expect(der::kOid));
  if (element.contents.empty()) return Bad("empty object identifier");
  std::string dotted;
  uint64_t arc = 0;
  bool inside = false;  // within an arc that takes several octets
  for (const char c : element.contents) {
    const auto octet = static_cast<uint8_t>(c);
    if (!inside && octet == 0x80) return Bad("object identifier is not minimal");
    if (arc > std::numeric_limits<uint64_t>::max() >> 7) return Bad("object identifier arc is too large");
    arc = arc << 7 | (octet & 0x7F);
    inside = (octet & 0x80) != 0;
    if (inside) continue;
    if (dotted.empty()) {
      const uint64_t root = arc < 80 ? arc / 40 : 2;  // X.690 §8.19.4: the first two arcs share one number
      dotted = Cat(root, ".", arc - 40 * root);
    } else {
      absl::StrAppend(&dotted, ".", arc);
    }
    arc = 0;
  }
  if (inside) return Bad("truncated object identifier");
  return dotted;
}

absl::StatusOr<std::string_view> DerReader::Integer() {
  ASSIGN_OR_RETURN(const DerElement element, Expect(der::kInteger));
  const std::string_view bytes = element.contents;
  if (bytes.empty()) return Bad("empty integer");
  if (bytes.size() > 1) {
    const bool negative = (bytes[1] & 0x80) != 0;
    if ((bytes[0] == '\0' && !negative) || (bytes[0] == '\xff' && negative))
      return Bad("integer is not minimal");
  }
  return bytes;
}

absl::StatusOr<int64_t> DerReader::SmallInteger() {
  ASSIGN_OR_RETURN(const std::string_view bytes, Integer());
  if (bytes.size() > 8) return Bad("integer is too large");
  uint64_t value = (bytes[0] & 0x80) != 0 ? ~uint64_t{0} : 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return static_cast<int64_t>(value);
}

absl::StatusOr<absl::Time> DerReader::GeneralizedTime() {
  ASSIGN_OR_RETURN(const DerElement element, Expect(der::kGeneralizedTime));
  std::string_view text = element.contents;
  if (text.size() < 15 || text.back() != 'Z') return Bad("not a UTC time with seconds");
  text.remove_suffix(1);
  const int year = Digits(text, 0, 4), month = Digits(text, 4, 2), day = Digits(text, 6, 2);
  const int hour = Digits(text, 8, 2), minute = Digits(text, 10, 2), second = Digits(text, 12, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return Bad("not a time");
  // Civil times are normalised (30 February becomes 1 or 2 March); only what stays itself exists.
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day || civil.hour() != hour || civil.minute() != minute ||
      civil.second() != second) {
    return Bad("no such date or time of day");
  }
  absl::Duration fraction;
  if (text.size() > 14) {
    if (text[14] != '.') return Bad("not a time");
    ASSIGN_OR_RETURN(fraction, Fraction(text.substr(15)));
  }
  return absl::FromCivil(civil, absl::UTCTimeZone()) + fraction;
}

std::string DerEncode(uint8_t tag, std::string_view contents) {
  std::string out(1, static_cast<char>(tag));
  if (contents.size() < 0x80) {
    out.push_back(static_cast<char>(contents.size()));
  } else {
    std::string octets;
    for (size_t rest = contents.size(); rest != 0; rest >>= 8)
      octets.insert(octets.begin(), static_cast<char>(rest));
    out.push_back(static_cast<char>(0x80 | octets.size()));
    out += octets;
  }
  return out.append(contents);
}

}  // namespace chartseal::crypto
