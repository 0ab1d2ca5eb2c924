#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace chartseal::crypto {

// One DER element (X.690): definite minimal lengths, tags below 31. Borrows the bytes it was read from.
struct DerElement {
  uint8_t tag = 0;  // class, constructed bit and number, as in the identifier octet
  std::string_view contents;
  std::string_view whole;  // tag and length included
};

// Identifier octets.
namespace der {
inline constexpr uint8_t kBoolean = 0x01, kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04,
                         kNull = 0x05, kOid = 0x06, kUtf8String = 0x0C, kSequence = 0x30, kSet = 0x31,
                         kUtcTime = 0x17, kGeneralizedTime = 0x18;
constexpr uint8_t ContextPrimitive(uint8_t n) { return static_cast<uint8_t>(0x80 | n); }
constexpr uint8_t ContextConstructed(uint8_t n) { return static_cast<uint8_t>(0xA0 | n); }
}  // namespace der

// Reads elements in sequence from a buffer it borrows. Errors are InvalidArgument without a reason: the
// parser that knows the format adds one. Reading is O(1) a step; nesting is the caller's recursion, which the
// formats bound.
class DerReader {
 public:
  explicit DerReader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }
  // InvalidArgument unless AtEnd().
  absl::Status End() const;
  // The next element's tag without consuming it; 0 at the end.
  uint8_t PeekTag() const { return rest_.empty() ? 0 : static_cast<uint8_t>(rest_.front()); }

  absl::StatusOr<DerElement> Next();
  // As Next(), refusing another tag.
  absl::StatusOr<DerElement> Expect(uint8_t tag);
  // A reader over the contents of the next element, which must have this tag.
  absl::StatusOr<DerReader> Enter(uint8_t tag);
  // Consumes the next element when it has this tag; false when it does not (or at the end).
  absl::StatusOr<bool> Skip(uint8_t tag);

  absl::StatusOr<std::string> Oid();             // dotted
  absl::StatusOr<std::string_view> Integer();    // minimal two's complement contents
  absl::StatusOr<int64_t> SmallInteger();        // InvalidArgument when it does not fit
  absl::StatusOr<absl::Time> GeneralizedTime();  // UTC ("Z"), fractional seconds allowed

 private:
  std::string_view rest_;
};

// Tag, minimal length and contents, for rebuilding an enclosing structure.
std::string DerEncode(uint8_t tag, std::string_view contents);

}  // namespace chartseal::crypto
