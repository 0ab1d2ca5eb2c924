#include "verifier/crypto/der_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "verifier/base/status.h"

namespace chartseal::crypto {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;

std::string ErrorOf(const absl::Status& status) {
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  return Message(status);
}

struct BadInput {
  std::string bytes;
  const char* error;
};

TEST(DerReader, ElementsAreReadInSequence) {
  const std::string bytes = "\x30\x03\x02\x01\x05\x05\x00"s;
  DerReader reader(bytes);
  EXPECT_EQ(reader.PeekTag(), der::kSequence);
  auto inner = reader.Enter(der::kSequence);
  ASSERT_TRUE(inner.ok());
  EXPECT_EQ(inner->SmallInteger().value(), 5);
  EXPECT_TRUE(inner->End().ok());
  EXPECT_TRUE(reader.Skip(der::kNull).value());
  EXPECT_FALSE(reader.Skip(der::kNull).value());
  EXPECT_EQ(reader.PeekTag(), 0);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(DerReader, ContentsAndWholeBorrowTheInput) {
  const std::string bytes = DerEncode(der::kOctetString, std::string(300, 'x')) + "rest";
  const DerElement element = DerReader(bytes).Next().value();
  EXPECT_EQ(element.contents.size(), 300u);
  EXPECT_EQ(element.whole.data(), bytes.data());
  EXPECT_EQ(element.whole.size(), 304u);
}

TEST(DerReader, HeadersThatAreNotDerAreRefused) {
  for (const BadInput& bad : std::vector<BadInput>{
           {"", "truncated"},
           {"\x30", "truncated"},
           {"\x04\x02\x01"s, "truncated"},
           {"\x04\x81"s, "truncated"},
           {"\x04\x80\x00\x00"s, "indefinite length"},
           {"\x04\x81\x05hello"s, "length is not minimal"},
           {"\x04\x82\x00\x80"s + std::string(128, 'x'), "length is not minimal"},
           {"\x04\x85\x01\x00\x00\x00\x00"s, "length of more than four octets"},
           {"\x04\x84\xff\xff\xff\xff"s, "truncated"},
           {"\x1f\x81\x01\x00"s, "unsupported tag 0x1f"},
           {"\xbf\x81\x01\x00"s, "unsupported tag 0xbf"},
           {"\x00\x00"s, "unsupported tag 0x00"},
       }) {
    EXPECT_THAT(ErrorOf(DerReader(bad.bytes).Next().status()), HasSubstr(bad.error));
  }
}

TEST(DerReader, AnotherTagThanTheExpectedIsNamed) {
  EXPECT_EQ(ErrorOf(DerReader("\x05\x00"s).Expect(der::kSequence).status()),
            "DER: expected tag 0x30, found 0x05");
  EXPECT_EQ(ErrorOf(DerReader("").Expect(der::kSequence).status()), "DER: expected tag 0x30, found the end");
}

TEST(DerReader, TrailingBytesAreCounted) {
  EXPECT_EQ(ErrorOf(DerReader("abc").End()), "DER: 3 trailing bytes");
}

TEST(DerReader, ObjectIdentifiersBecomeDotted) {
  EXPECT_EQ(DerReader("\x06\x03\x2a\x86\x48"s).Oid().value(), "1.2.840");
  EXPECT_EQ(DerReader("\x06\x03\x55\x1d\x0f"s).Oid().value(), "2.5.29.15");
  EXPECT_EQ(DerReader("\x06\x01\x00"s).Oid().value(), "0.0");
  EXPECT_EQ(DerReader("\x06\x02\x88\x37"s).Oid().value(), "2.999");
}

TEST(DerReader, ObjectIdentifiersWithTwoEncodingsOrNoEndAreRefused) {
  for (const BadInput& bad : std::vector<BadInput>{
           {"\x06\x00"s, "empty object identifier"},
           {"\x06\x02\x2a\x86"s, "truncated object identifier"},
           {"\x06\x03\x2a\x80\x01"s, "not minimal"},
           {"\x06\x02\x80\x01"s, "not minimal"},
           {"\x06\x0b\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s, "arc is too large"},
       }) {
    EXPECT_THAT(ErrorOf(DerReader(bad.bytes).Oid().status()), HasSubstr(bad.error));
  }
}

TEST(DerReader, IntegersAreMinimalTwosComplement) {
  EXPECT_EQ(DerReader("\x02\x01\x80"s).SmallInteger().value(), -128);
  EXPECT_EQ(DerReader("\x02\x02\x00\x80"s).SmallInteger().value(), 128);
  EXPECT_EQ(DerReader("\x02\x08\x80\x00\x00\x00\x00\x00\x00\x00"s).SmallInteger().value(),
            std::numeric_limits<int64_t>::min());
  for (const BadInput& bad : std::vector<BadInput>{
           {"\x02\x00"s, "empty integer"},
           {"\x02\x02\x00\x7f"s, "integer is not minimal"},
           {"\x02\x02\xff\x80"s, "integer is not minimal"},
           {"\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00"s, "integer is too large"},
       }) {
    EXPECT_THAT(ErrorOf(DerReader(bad.bytes).SmallInteger().status()), HasSubstr(bad.error));
  }
}

absl::StatusOr<absl::Time> TimeOf(const std::string& text) {
  const std::string bytes = DerEncode(der::kGeneralizedTime, text);
  return DerReader(bytes).GeneralizedTime();
}

TEST(DerReader, GeneralizedTimesAreUtcWithAnOptionalFraction) {
  const absl::Time noon = absl::FromUnixSeconds(1'767'268'800);
  EXPECT_EQ(TimeOf("20260101120000Z").value(), noon);
  EXPECT_EQ(TimeOf("20260101120000.25Z").value(), noon + absl::Milliseconds(250));
  EXPECT_EQ(TimeOf("20260101120000.0000000009Z").value(), noon);
  EXPECT_EQ(TimeOf("20240229000000Z").value(), absl::FromUnixSeconds(1'709'164'800));
}

TEST(DerReader, OtherFormsOfTimeAreRefused) {
  for (const char* text :
       {"", "Z", "202601011200Z", "20260101120000", "20260101120000+0000", "20260101120000.Z",
        "20260101120000.50Z", "20260101120000,5Z", "20260101120000.5aZ", "2026010112000aZ", "20260230120000Z",
        "20250229000000Z", "20260001000000Z", "20261301000000Z", "20260101240000Z", "20260101126000Z",
        "20260101120060Z", "-0260101120000Z", "20260101 20000Z"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(TimeOf(text).status())) << text;
  }
}

TEST(DerEncode, LengthsAreMinimal) {
  EXPECT_EQ(DerEncode(4, ""), "\x04\x00"s);
  EXPECT_EQ(DerEncode(4, std::string(127, 'x')).substr(0, 2), "\x04\x7f"s);
  EXPECT_EQ(DerEncode(4, std::string(128, 'x')).substr(0, 3), "\x04\x81\x80"s);
  EXPECT_EQ(DerEncode(4, std::string(256, 'x')).substr(0, 4), "\x04\x82\x01\x00"s);
  EXPECT_EQ(DerEncode(4, std::string(65536, 'x')).substr(0, 5), "\x04\x83\x01\x00\x00"s);
}

}  // namespace
}  // namespace chartseal::crypto
