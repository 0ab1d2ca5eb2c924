#include "verifier/base/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/base/why.h"

namespace chartseal {
namespace {

std::string AllBytes() {
  std::string out;
  for (int i = 0; i < 256; ++i) out.push_back(static_cast<char>(i));
  return out;
}

TEST(HexTest, ReadsBackWhatItWroteInEitherCase) {
  EXPECT_EQ(HexEncode("\x01\xAB\xff"), "01abff");
  EXPECT_EQ(HexDecode("01ABff").value(), "\x01\xAB\xff");
  EXPECT_EQ(HexDecode(HexEncode(AllBytes())).value(), AllBytes());
  EXPECT_EQ(HexDecode("").value(), "");
}

TEST(HexTest, RefusesEverythingElse) {
  EXPECT_EQ(Why(HexDecode("abc")), "none: hex: odd number of digits");
  EXPECT_EQ(Why(HexDecode("0g")), "none: hex: unexpected character 'g' at offset 1");
  EXPECT_EQ(Why(HexDecode("0x12")), "none: hex: unexpected character 'x' at offset 1");
  EXPECT_EQ(Why(HexDecode("12 3")), "none: hex: unexpected character ' ' at offset 2");
  EXPECT_EQ(Why(HexDecode("\xff\x30")), "none: hex: unexpected character '\\xff' at offset 0");
  EXPECT_EQ(Why(HexDecode(std::string_view("1\0", 2))),
            "none: hex: unexpected character '\\x00' at offset 1");
}

TEST(Base64Test, ReadsBackWhatItWrote) {
  EXPECT_EQ(Base64Encode("\xfb\xff"), "+/8=");
  for (size_t length = 0; length <= 256; ++length) {
    const std::string bytes = AllBytes().substr(256 - length);
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)).value(), bytes);
  }
}

TEST(Base64Test, SkipsLineBreaksWhereverTheyStand) {
  for (const char* text :
       {"QUJDRA==\n", "QUJD\nRA==", "\r\nQUJD\r\nRA==\r\n", "Q\nU\nJ\nD\nR\nA\n=\n=\n", "QUJDRA=\r\n="}) {
    EXPECT_EQ(Base64Decode(text).value_or("refused"), "ABCD") << text;
  }
  EXPECT_EQ(Base64Decode("\n\r\n").value(), "");
}

TEST(Base64Test, RefusesMissingOrWrongPadding) {
  for (const char* text : {"QQ", "QUI", "QQ=", "QUJD=", "QUJD==", "QUI==", "=", "=="}) {
    EXPECT_EQ(Why(Base64Decode(text)), "none: base64: wrong padding") << text;
  }
  for (const char* text : {"Q", "QUJDR", "Q==", "Q="}) {
    EXPECT_EQ(Why(Base64Decode(text)), "none: base64: truncated") << text;
  }
  EXPECT_EQ(Why(Base64Decode("Q===")), "none: base64: unexpected character '=' at offset 1");
  EXPECT_EQ(Why(Base64Decode("QQ==QQ==")), "none: base64: unexpected character '=' at offset 2");
}

TEST(Base64Test, RefusesNonZeroTrailingBitsSoThatEachTextIsTheOnlyOneOfItsBytes) {
  EXPECT_EQ(Why(Base64Decode("QR==")), "none: base64: non-zero bits after the last byte");
  EXPECT_EQ(Why(Base64Decode("QUJ=")), "none: base64: non-zero bits after the last byte");
  EXPECT_EQ(Why(Base64UrlDecode("QR")), "none: base64: non-zero bits after the last byte");
}

TEST(Base64Test, RefusesOtherCharacters) {
  EXPECT_EQ(Why(Base64Decode("-_8=")), "none: base64: unexpected character '-' at offset 0");
  EXPECT_EQ(Why(Base64Decode("QU JD")), "none: base64: unexpected character ' ' at offset 2");
  EXPECT_EQ(Why(Base64Decode("QUJ\t")), "none: base64: unexpected character '\\t' at offset 3");
  EXPECT_EQ(Why(Base64Decode("QUJ\xC4")), "none: base64: unexpected character '\\xc4' at offset 3");
  EXPECT_EQ(Why(Base64Decode(std::string_view("QUJ\0", 4))),
            "none: base64: unexpected character '\\x00' at offset 3");
}

TEST(Base64UrlTest, TakesTheUrlSafeAlphabetWithoutPadding) {
  EXPECT_EQ(Base64UrlDecode("-_8").value(), "\xfb\xff");
  EXPECT_EQ(Base64UrlDecode("").value(), "");
}

TEST(Base64UrlTest, RefusesPaddingTheStandardAlphabetAndLineBreaks) {
  EXPECT_EQ(Why(Base64UrlDecode("QQ==")), "none: base64: unexpected character '=' at offset 2");
  EXPECT_EQ(Why(Base64UrlDecode("+/8")), "none: base64: unexpected character '+' at offset 0");
  EXPECT_EQ(Why(Base64UrlDecode("QU\nI")), "none: base64: unexpected character '\\n' at offset 2");
  EXPECT_EQ(Why(Base64UrlDecode("QUJDR")), "none: base64: truncated");
}

TEST(PemTest, DecodesTheBlockAndIgnoresTheTextAroundIt) {
  const std::string_view text =
      "Subject: x\n-----BEGIN PUBLIC KEY-----\r\nQUJD\r\n RA==\t\n-----END PUBLIC KEY-----\njunk";
  std::string_view rest;
  EXPECT_EQ(PemDecode(text, "PUBLIC KEY", &rest).value(), "ABCD");
  EXPECT_EQ(rest, "\njunk");
}

TEST(PemTest, ReadsOneBlockAfterTheOther) {
  std::string_view rest =
      "-----BEGIN A-----\nQQ==\n-----END A-----\n-----BEGIN B-----\n!\n-----END B-----\n"
      "-----BEGIN A-----\nQg==\n-----END A-----\n";
  EXPECT_EQ(PemDecode(rest, "A", &rest).value(), "A");
  EXPECT_EQ(PemDecode(rest, "A", &rest).value(), "B");
  EXPECT_EQ(Why(PemDecode(rest, "A", &rest)), "none: no PEM block 'A'");
}

TEST(PemTest, ABlockOfAnotherLabelIsNotFound) {
  const std::string_view key = "-----BEGIN EC PRIVATE KEY-----\nQQ==\n-----END EC PRIVATE KEY-----\n";
  EXPECT_EQ(PemDecode(key, "PUBLIC KEY").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Why(PemDecode(key, "PRIVATE KEY")), "none: no PEM block 'PRIVATE KEY'");
  EXPECT_EQ(Why(PemDecode("", "CERTIFICATE")), "none: no PEM block 'CERTIFICATE'");
}

TEST(PemTest, RefusesBlocksWithoutEndAndBodiesThatAreNotBase64) {
  EXPECT_EQ(Why(PemDecode("-----BEGIN A-----\nQQ==\n-----END B-----\n", "A")),
            "none: PEM block 'A' has no end line");
  EXPECT_THAT(Why(PemDecode("-----BEGIN A-----\nX-H: y\n\nQQ==\n-----END A-----\n", "A")),
              testing::HasSubstr("base64: unexpected character '-'"));
  EXPECT_THAT(Why(PemDecode("-----BEGIN A-----\nQQ==\n-----BEGIN A-----\nQQ==\n-----END A-----\n", "A")),
              testing::HasSubstr("base64: unexpected character"));
  EXPECT_EQ(Why(PemDecode("-----BEGIN A-----\nQ\n-----END A-----\n", "A")), "none: base64: truncated");
}

TEST(Rfc3339Test, IsInUtcWithoutFractions) {
  EXPECT_EQ(Rfc3339(absl::FromUnixSeconds(1700000000) + absl::Milliseconds(999)), "2023-11-14T22:13:20Z");
  EXPECT_EQ(Rfc3339(absl::UnixEpoch()), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Rfc3339(absl::FromUnixSeconds(-62135596800)), "0001-01-01T00:00:00Z");
}

TEST(PemTest, IsWrittenInLinesOf64) {
  EXPECT_EQ(PemEncode("A B", std::string(49, '\0')),
            "-----BEGIN A B-----\n" + std::string(64, 'A') + "\nAA==\n-----END A B-----\n");
  EXPECT_EQ(PemEncode("A", std::string(48, '\0')),
            "-----BEGIN A-----\n" + std::string(64, 'A') + "\n-----END A-----\n");
  EXPECT_EQ(PemDecode(PemEncode("A", "some bytes"), "A").value(), "some bytes");
}

}  // namespace
}  // namespace chartseal
