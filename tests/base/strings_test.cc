#include "verifier/base/strings.h"

#include <gtest/gtest.h>

#include <string>

namespace chartseal {
namespace {

TEST(StringsTest, CatTakesBothKindsOfViewsAndNumbers) {
  EXPECT_EQ(Cat("a", std::string("b"), std::string_view("c"), 4, absl::string_view("e")), "abc4e");
}

TEST(PrintableTest, LeavesPlainTextWithQuotesAndBackslashesAlone) {
  EXPECT_EQ(Printable(R"(say "it's" C:\dir)"), R"(say "it's" C:\dir)");
  EXPECT_EQ(Printable(""), "");
}

TEST(PrintableTest, NoControlCharacterOrForeignByteReachesATerminal) {
  EXPECT_EQ(Printable("a\nb\r\t"), "a\\nb\\r\\t");
  EXPECT_EQ(Printable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(Printable(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(Printable("\u202e"), "\\xe2\\x80\\xae");
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  for (char c : Printable(all, 256)) {
    EXPECT_GE(c, ' ');
    EXPECT_LT(c, '\x7f');
  }
}

TEST(PrintableTest, CutsLongTextAndMarksTheCut) {
  EXPECT_EQ(Printable("abcdef", 6), "abcdef");
  EXPECT_EQ(Printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(Printable(std::string(1000, 'x')).size(), 256 + 3);
}

TEST(Utf8Test, AcceptsSequencesOfEveryLengthUpToTheirEdges) {
  for (const char* text : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(ValidUtf8Prefix(text), std::string_view(text).size()) << Printable(text);
  }
  EXPECT_EQ(ValidUtf8Prefix(std::string_view("\0", 1)), 1);
}

TEST(Utf8Test, StopsAtTheFirstByteThatIsWrong) {
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe2\x82",
        "\xe2\x82\x41", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff"}) {
    EXPECT_EQ(ValidUtf8Prefix(Cat("ok\u00e4", bad)), 4) << Printable(bad);
    EXPECT_EQ(ValidUtf8Prefix(Cat("ok\u00e4", bad, "more")), 4) << Printable(bad);
    EXPECT_FALSE(IsUtf8(bad)) << Printable(bad);
  }
}

}  // namespace
}  // namespace chartseal
