#include "verifier/chart/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/chart/tar_writer.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"

namespace chartseal::chart {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusOr<Archive> Read(const std::string& tgz) { return ReadArchive(tgz, "a.tgz"); }
absl::StatusOr<Archive> Read(const TarWriter& tar) { return Read(Tgz(tar)); }

// The reason, the archive's name and `what` in one message.
template <typename Input>
void ExpectRefused(const Input& input, const std::string& what) {
  const std::string why = Why(Read(input));
  EXPECT_THAT(why, StartsWith("archive-malformed: a.tgz: "));
  EXPECT_THAT(why, HasSubstr(what));
}

TarWriter Good() { return TarWriter().Add("c/Chart.yaml", "name: c\n"); }

TEST(Archive, FilesAreInOrderWithTheirBytesAndTimesAndWithoutTheDirectory) {
  const auto archive = Read(Good().Add("c/templates/b.yaml", std::string(1500, 'b')).Add("c/a", ""));
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->directory, "c");
  ASSERT_EQ(archive->files.size(), 3u);
  EXPECT_EQ(archive->files[0].name, "Chart.yaml");
  EXPECT_EQ(archive->files[0].bytes, "name: c\n");
  EXPECT_EQ(archive->files[0].modified, absl::FromUnixSeconds(1700000000));
  EXPECT_EQ(archive->files[1].name, "templates/b.yaml");
  EXPECT_EQ(archive->files[1].bytes, std::string(1500, 'b'));
  EXPECT_EQ(archive->files[2].bytes, "");
}

TEST(Archive, NamesThatDifferInCaseAreTwo) {
  EXPECT_EQ(Why(Read(Good().Add("c/README.md").Add("c/readme.md"))), "ok");
}

TEST(Archive, UstarPrefixIsPutBeforeTheName) {
  const auto archive = Read(Good().Add(TarEntry{.name = "long.yaml", .prefix = "c/templates"}));
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->files[1].name, "templates/long.yaml");
}

TEST(Archive, ZerosAfterTheEndAreTaken) {
  EXPECT_EQ(Why(Read(Gzip(Good().Tar() + std::string(9000, '\0')))), "ok");
}

// -- Names.

TEST(ArchiveNames, ARepeatedNameIsRefused) {
  ExpectRefused(Good().Add("c/Chart.yaml", "name: other\n"),
                "entry 2 (\"c/Chart.yaml\"): another file has the same name");
  ExpectRefused(Good().Add("c/a").Add("c/b").Add("c/a"), "entry 4 (\"c/a\"): another file has the same name");
}

TEST(ArchiveNames, AFileThatIsADirectoryTooIsRefused) {
  ExpectRefused(Good().Add("c/a").Add("c/a/b"), "entry 3 (\"c/a/b\"): \"a\" is a file and a directory");
  ExpectRefused(Good().Add("c/a/b").Add("c/a"), "entry 3 (\"c/a\"): a directory has the same name");
}

TEST(ArchiveNames, ASecondTopDirectoryIsRefused) {
  ExpectRefused(
      Good().Add("d/templates/a.yaml"),
      "entry 2 (\"d/templates/a.yaml\"): expected everything to be in one directory, which is \"c\"");
  ExpectRefused(Good().Add("C/a"), "entry 2 (\"C/a\")");
}

TEST(ArchiveNames, AFileAtTheTopIsRefused) {
  ExpectRefused(TarWriter().Add("Chart.yaml"), "entry 1 (\"Chart.yaml\"): not in a directory");
}

TEST(ArchiveNames, ThoseThatToolsCleanInWaysOfTheirOwnAreRefused) {
  for (const auto& [name, what] : std::vector<std::pair<std::string, std::string>>{
           {"./odd/Chart.yaml", "a component of its name is \".\""},
           {"c/../Chart.yaml", "a component of its name is \"..\""},
           {"c/..", "a component of its name is \"..\""},
           {"c/a/./b", "a component of its name is \".\""},
           {"c//b", "a component of its name is empty"},
           {"c/b/", "a component of its name is empty"},
           {"c/", "a component of its name is empty"},
           {"", "its name is empty"},
           {"/c/Chart.yaml", "its name is absolute"},
           {"c/templates\\a.yaml", "its name has a backslash"},
           {"c\\Chart.yaml", "its name has a backslash"},
           {"C:/Chart.yaml", "its name begins with a drive letter"},
           {"c/C:/Chart.yaml", "its name begins with a drive letter"},
           {"c/a\nb", "its name has a control character"},
           {"c/a\x7f", "its name has a control character"},
           {"c/a\xff", "its name is not UTF-8"}}) {
    ExpectRefused(TarWriter().Add(name), what);
  }
}

TEST(ArchiveNames, WhatStandsAfterANulIsRefused) {
  ExpectRefused(TarWriter().Add(std::string("c/a\0b", 5)), "entry 1 (\"c/a\"): its name goes on after a NUL");
  ExpectRefused(TarWriter().Add(TarEntry{.name = "a", .prefix = std::string("c\0d", 3)}),
                "its name prefix goes on after a NUL");
}

// -- Kinds of entries.

TEST(ArchiveTypes, AnythingButARegularFileIsRefused) {
  for (const auto& [type, what] :
       std::vector<std::pair<char, std::string>>{{'1', "a hard link"},
                                                 {'2', "a symbolic link"},
                                                 {'3', "a character device"},
                                                 {'4', "a block device"},
                                                 {'5', "a directory"},
                                                 {'6', "a FIFO"},
                                                 {'7', "an entry of unknown type"},
                                                 {'\0', "an entry of unknown type"},
                                                 {'S', "an entry of unknown type"},
                                                 {'K', "a GNU long name"},
                                                 {'L', "a GNU long name"},
                                                 {'g', "a global pax header"}}) {
    ExpectRefused(Good().Add(TarEntry{.name = "c/l", .type = type}),
                  "entry 2 (\"c/l\"): it is " + what + "; a chart archive holds regular files only");
  }
}

// -- Headers.

TEST(ArchiveHeaders, AWrongChecksumIsRefused) {
  ExpectRefused(Good().Add(TarEntry{.name = "c/a", .checksum_off_by = 1}),
                "entry 2 (\"c/a\"): its checksum is wrong");
  std::string tar = Good().Tar();
  tar[1] = 'X';
  ExpectRefused(Gzip(tar), "entry 1 (\"cXChart.yaml\"): its checksum is wrong");
}

TEST(ArchiveHeaders, OtherFormatsAreRefused) {
  for (const std::string& magic : {std::string("ustar  \0", 8), std::string(8, '\0'),
                                   std::string("ustar\0"
                                               "01",
                                               8)}) {
    ExpectRefused(TarWriter().Add(TarEntry{.name = "c/a", .magic = magic}),
                  "entry 1 (\"c/a\"): it is not in ustar or pax format");
  }
  ExpectRefused(TarWriter().Add(TarEntry{.name = "c/a", .unused = std::string("\0\0\0\0\0\0\0\0tar", 11)}),
                "its header has data in bytes that ustar leaves unused");
}

TEST(ArchiveHeaders, NumbersThatAreNotPlainOctalAreRefused) {
  for (const std::string& size :
       {std::string("\x80\0\0\0\0\0\0\0\0\0\0\1", 12), std::string("00000000008"), std::string("-0000000001"),
        std::string("          1"), std::string("000000000001"), std::string("\0\0\0\0\0\0\0\0\0\0\0", 11),
        std::string("0000000\0001\0\0\0", 12)}) {
    ExpectRefused(TarWriter().Add(TarEntry{.name = "c/a", .content = "x", .size = size}),
                  "entry 1 (\"c/a\"): its size is no octal number");
  }
  ExpectRefused(TarWriter().Add(TarEntry{.name = "c/a", .mtime = "never      "}),
                "its modification time is no octal number");
}

TEST(ArchiveHeaders, ASizeThatIsNotThatOfTheContentIsRefused) {
  ExpectRefused(TarWriter().Add(TarEntry{.name = "c/a", .content = "x", .size = "00000010000"}),
                "the tar data ends in the middle of \"c/a\"");
  ExpectRefused(TarWriter().Add(TarEntry{.name = "c/a", .content = "xyz", .size = "00000000001"}),
                "data in the padding after its content");
  ExpectRefused(TarWriter().Add(TarEntry{.name = "c/a", .content = "x", .padding = ' '}),
                "data in the padding after its content");
}

// -- The end.

TEST(ArchiveEnd, AnArchiveThatStopsEarlyIsRefused) {
  ExpectRefused(Gzip(Good().Unended()), "the tar data ends in the middle of the archive");
  ExpectRefused(Gzip(Good().Unended() + std::string(512, '\0')), "expected two blocks of zeros");
  ExpectRefused(Gzip(Good().Unended().substr(0, 300)), "the tar data ends in the middle of the archive");
  ExpectRefused(Gzip(""), "the tar data ends in the middle of the archive");
}

TEST(ArchiveEnd, DataAfterTheEndIsRefused) {
  ExpectRefused(Gzip(Good().Tar() + Good().Tar()), "data after the end of the tar archive");
  ExpectRefused(Gzip(Good().Unended() + std::string(512, '\0') + Good().Tar()),
                "data after the end of the tar archive");
  ExpectRefused(Gzip(Good().Tar() + std::string(20000, '\0') + "x"), "data after the end of the tar archive");
}

TEST(ArchiveEnd, AnArchiveWithoutFilesIsRefused) { ExpectRefused(TarWriter(), "holds no files"); }

// -- pax.

TEST(ArchivePax, ALongOrNonAsciiPathIsTakenFromIt) {
  const std::string deep = "c/files/" + std::string(120, 'd') + ".txt";
  const auto archive = Read(Good()
                                .AddPax(PaxRecord("path", deep), {.name = deep.substr(0, 100)})
                                .AddPax(PaxRecord("path", "c/f\u00fcr.txt"), {.name = "c/fr.txt"}));
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->files[1].name, deep.substr(2));
  EXPECT_EQ(archive->files[2].name, "f\u00fcr.txt");
}

TEST(ArchivePax, ATimeIsTakenFromIt) {
  const auto archive = Read(Good().AddPax(PaxRecord("mtime", "-5"), {.name = "c/a"}));
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->files[1].modified, absl::FromUnixSeconds(-5));
}

TEST(ArchivePax, APathThatHidesAnotherNameIsRefused) {
  ExpectRefused(Good().AddPax(PaxRecord("path", "c/templates/evil.yaml"), {.name = "c/README.md"}),
                "entry 2 (\"c/README.md\"): its pax header gives it another name: \"c/templates/evil.yaml\"");
}

TEST(ArchivePax, APathIsJudgedAsAnyName) {
  ExpectRefused(Good().AddPax(PaxRecord("path", "c/\u00e9/../a"), {.name = "c//../a"}),
                "a component of its name is \"..\"");
  ExpectRefused(Good().AddPax(PaxRecord("path", std::string("c/a\0b", 5)), {.name = "c/a"}),
                "gives it another name");
  ExpectRefused(Good().Add("c/a").AddPax(PaxRecord("path", "c/a"), {.name = "c/a"}),
                "another file has the same name");
  ExpectRefused(Good().AddPax(PaxRecord("path", "c/\xff"), {.name = "c/"}), "its name is not UTF-8");
  ExpectRefused(
      Good().AddPax(PaxRecord("path", "c/" + std::string(1100, 'n')), {.name = "c/" + std::string(98, 'n')}),
      "its name is longer than 1024 bytes");
  ExpectRefused(Good().AddPax(PaxRecord("path", ""), {.name = ""}), "its name is empty");
}

TEST(ArchivePax, OtherRecordsAreRefused) {
  for (const std::string key : {"size", "linkpath", "GNU.sparse.name", "SCHILY.xattr.user.x", "comment"}) {
    ExpectRefused(Good().AddPax(PaxRecord(key, "1"), {.name = "c/a"}),
                  "its pax header has a record \"" + key + "\"; only path and mtime are taken");
  }
}

TEST(ArchivePax, ARepeatedRecordIsRefused) {
  const std::string path = PaxRecord("path", "c/a");
  ExpectRefused(Good().AddPax(path + path, {.name = "c/a"}), "two records \"path\"");
  const std::string time = PaxRecord("mtime", "1");
  ExpectRefused(Good().AddPax(time + time, {.name = "c/a"}), "two records \"mtime\"");
}

TEST(ArchivePax, MalformedRecordsAreRefused) {
  for (const std::string records :
       {"12 path=c/ab", "99 path=c/a\n", "3 path=c/a\n", "path=c/a\n", "-1 path=c/a\n", "012 path=c/a\n",
        " 12 path=c/a\n", "99999999999999999999 path=c/a\n", "2 \n", "1 ", "\n", "12  path=c/ax"}) {
    ExpectRefused(Good().AddPax(records, {.name = "c/a"}), "its pax header is malformed at \"");
  }
  ExpectRefused(Good().AddPax("7 path\n", {.name = "c/a"}), "its pax record \"path\" has no \"=\"");
  for (const std::string time : {"1.5", "", "1 ", "0x1", "99999999999999999999"}) {
    ExpectRefused(Good().AddPax(PaxRecord("mtime", time), {.name = "c/a"}),
                  "its pax mtime is not in whole seconds");
  }
}

TEST(ArchivePax, AHeaderWithoutItsEntryIsRefused) {
  const TarEntry pax{.name = "p", .content = PaxRecord("path", "c/a"), .type = 'x'};
  ExpectRefused(Good().Add(pax).Add(pax).Add("c/a"), "two pax headers before one entry");
  ExpectRefused(Gzip(Good().Add(pax).Unended()), "a pax header is the last entry");
  ExpectRefused(Good().Add(pax), "its checksum is no octal number");
}

TEST(ArchivePax, AHugeHeaderIsRefusedBeforeItIsRead) {
  const TarWriter tar = Good().Add(TarEntry{.name = "p", .type = 'x', .size = "00000200001"});
  EXPECT_EQ(Why(Read(tar)),
            "limit-exceeded: a.tgz: a pax header of 65537 bytes, more than the limit of 65536");
}

// -- gzip.

TEST(ArchiveGzip, HelmsHeadersAreTakenInEitherForm) {
  const std::string text = "+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=";
  const std::string start("\x1f\x8b\x08\x14\0\0\0\0\0\xff", 10);
  const std::string end("Helm\0", 5);
  EXPECT_EQ(Why(Read(Gzip(Good().Tar(), start + std::string("\x29\0", 2) + text + end))), "ok");
  const std::string conformant = std::string("\x2c\0rr\x28\0", 6) + text.substr(1);
  EXPECT_EQ(Why(Read(Gzip(Good().Tar(), start + conformant + end))), "ok");
}

TEST(ArchiveGzip, OtherThingsThanGzipAreRefused) {
  ExpectRefused(std::string(), "not gzip");
  ExpectRefused(std::string("\x1f"), "not gzip");
  ExpectRefused(Good().Tar(), "not gzip");
  ExpectRefused(std::string("PK\3\4"), "not gzip");
  ExpectRefused(Gzip(Good().Tar(), std::string("\x1f\x8b\x08\xe0\0\0\0\0\0\xff", 10)),
                "damaged gzip data: unknown header flags set");
  ExpectRefused(Gzip(Good().Tar(), std::string("\x1f\x8b\x07\0\0\0\0\0\0\xff", 10)),
                "damaged gzip data: unknown compression method");
  ExpectRefused(Gzip(Good().Tar(), std::string("\x1f\x8b\x08\2\0\0\0\0\0\xff\0\0", 12)),
                "damaged gzip data: header crc mismatch");
}

TEST(ArchiveGzip, ASecondMemberOrOtherDataAfterItIsRefused) {
  const std::string one = Tgz(Good());
  ExpectRefused(one + one, "a second gzip member after the first");
  ExpectRefused(one + Gzip(""), "a second gzip member after the first");
  ExpectRefused(one + "x", "1 bytes after the end of the gzip data");
  ExpectRefused(one + std::string(512, '\0'), "512 bytes after the end of the gzip data");
}

TEST(ArchiveGzip, EveryCutIsRefused) {
  const std::string one = Tgz(Good());
  for (size_t size = 2; size < one.size(); ++size) {
    ExpectRefused(one.substr(0, size), "cut off in the middle of the gzip data");
  }
}

TEST(ArchiveGzip, AWrongChecksumOrSizeIsRefused) {
  std::string wrong = Tgz(Good());
  wrong[wrong.size() - 8] ^= 1;
  ExpectRefused(wrong, "damaged gzip data: incorrect data check");
  wrong = Tgz(Good());
  wrong[wrong.size() - 1] ^= 1;
  ExpectRefused(wrong, "damaged gzip data: incorrect length check");
}

// -- Limits.

TEST(ArchiveLimits, AFileMayBeAsLargeAsTheLimitAndNoLarger) {
  EXPECT_EQ(Why(Read(TarWriter().Add("c/a", std::string(limits::kMaxChartFileBytes, 'x')))), "ok");
  EXPECT_EQ(Why(Read(TarWriter().Add("c/a", std::string(limits::kMaxChartFileBytes + 1, 'x')))),
            "limit-exceeded: a.tgz: \"c/a\": 5242881 bytes, more than the limit of 5242880 for one file");
}

TEST(ArchiveLimits, ABombIsStoppedWhereverItsBytesAre) {
  TarWriter many;
  for (int i = 0; i < 21; ++i)
    many.Add("c/" + std::to_string(i), std::string(limits::kMaxChartFileBytes, '\0'));
  EXPECT_EQ(Why(Read(many)),
            "limit-exceeded: a.tgz: unpacks to more than the limit of 104857599 bytes, subcharts included");
  const std::string zeros = Gzip(Good().Tar() + std::string(limits::kMaxChartBytes, '\0'));
  EXPECT_LT(zeros.size(), size_t{1} << 20);
  EXPECT_EQ(Why(Read(zeros)), "limit-exceeded: a.tgz: unpacks to more than the limit of 104857599 bytes");
}

TEST(ArchiveLimits, TheHeaderOfAFileOfTerabytesIsRefusedBeforeItIsRead) {
  EXPECT_THAT(Why(Read(TarWriter().Add(TarEntry{.name = "c/a", .size = "77777777777"}))),
              StartsWith("limit-exceeded: a.tgz: \"c/a\": 8589934591 bytes"));
}

TEST(ArchiveLimits, TheNumberOfFilesIsLimited) {
  TarWriter many;
  for (size_t i = 0; i <= limits::kMaxChartFiles; ++i) many.Add("c/" + std::to_string(i), "");
  EXPECT_EQ(Why(Read(many)), "limit-exceeded: a.tgz: more than 20000 files, those of subcharts included");
}

TEST(ArchiveLimits, TheCompressedArchiveIsLimited) {
  EXPECT_EQ(Why(Read(std::string(limits::kMaxChartArchiveBytes + 1, '\x1f'))),
            "limit-exceeded: a.tgz: 33554433 bytes, more than the limit of 33554432 for a chart archive");
}

TEST(ArchiveLimits, ABudgetIsSharedByWhatIsReadWithIt) {
  ArchiveBudget budget{.bytes = 10, .files = 2};
  EXPECT_TRUE(ReadArchive(Tgz(TarWriter().Add("c/a", "123456")), "a.tgz", budget).ok());
  EXPECT_EQ(budget.bytes, 4u);
  EXPECT_EQ(budget.files, 1u);
  EXPECT_THAT(Why(ReadArchive(Tgz(TarWriter().Add("c/a", "12345")), "b.tgz", budget)),
              StartsWith("limit-exceeded: b.tgz: unpacks to more than"));
  EXPECT_TRUE(ReadArchive(Tgz(TarWriter().Add("c/a", "1234")), "c.tgz", budget).ok());
  EXPECT_THAT(Why(ReadArchive(Tgz(TarWriter().Add("c/a", "")), "d.tgz", budget)),
              StartsWith("limit-exceeded: d.tgz: more than"));
}

}  // namespace
}  // namespace chartseal::chart
