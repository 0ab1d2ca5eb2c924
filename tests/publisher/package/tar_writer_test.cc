#include "publisher/package/tar_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publisher/package/gzip_writer.h"
#include "tests/base/why.h"
#include "verifier/base/encoding.h"
#include "verifier/chart/archive.h"

namespace chartseal::publisher {
namespace {

using ::testing::ElementsAre;

const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

std::string Tar(const std::string& name, std::string_view bytes) {
  TarWriter writer(kTime);
  writer.Add(name, bytes);
  return writer.Finish();
}

// A field of the header block that starts at `block`, up to its first NUL.
std::string Field(const std::string& tar, size_t block, size_t offset, size_t width) {
  return tar.substr(block * 512 + offset, width).c_str();
}

TEST(TarWriterTest, HeaderIsFieldByFieldGos) {
  const std::string tar = Tar("vec/Chart.yaml", std::string(149, 'x'));
  ASSERT_EQ(tar.size(), 4U * 512);
  EXPECT_EQ(tar.substr(0, 100), "vec/Chart.yaml" + std::string(86, '\0'));
  EXPECT_EQ(tar.substr(100, 48), std::string("0000644\0"
                                             "0000000\0"
                                             "0000000\0"
                                             "00000000225\0"
                                             "14524770400\0",
                                             48));
  EXPECT_EQ(tar.substr(154, 3), std::string("\0 0", 3)) << "the checksum ends in NUL and space; a file";
  EXPECT_EQ(tar.substr(157, 100), std::string(100, '\0'));
  EXPECT_EQ(tar.substr(257, 8), std::string("ustar\0"
                                            "00",
                                            8));
  EXPECT_EQ(tar.substr(265, 64), std::string(64, '\0')) << "nobody's user and group";
  EXPECT_EQ(tar.substr(329, 16), std::string("0000000\0"
                                             "0000000\0",
                                             16));
  EXPECT_EQ(tar.substr(345, 167), std::string(167, '\0'));
  EXPECT_EQ(tar.substr(512, 512), std::string(149, 'x') + std::string(363, '\0'));
  EXPECT_EQ(tar.substr(1024), std::string(1024, '\0')) << "two blocks of zeros and no more";
}

TEST(TarWriterTest, ChecksumCountsItsOwnFieldAsSpaces) {
  const std::string tar = Tar("a", "");
  std::string block = tar.substr(0, 512);
  block.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  EXPECT_EQ(std::stoul(Field(tar, 0, 148, 8), nullptr, 8), sum);
}

TEST(TarWriterTest, LongNameIsSplitAtTheLastSlashThatFits) {
  const std::string directory = "c/" + std::string(60, 'd'), file = std::string(60, 'f');
  const std::string tar = Tar(directory + "/e/" + file, "x");
  EXPECT_EQ(Field(tar, 0, 345, 155), directory + "/e");
  EXPECT_EQ(Field(tar, 0, 0, 100), file);
  EXPECT_EQ(tar[156], '0');
  const std::string deep = "c/" + std::string(152, 'd') + "/g/" + file;
  EXPECT_EQ(Field(Tar(deep, ""), 0, 345, 155), "c/" + std::string(152, 'd'));
  EXPECT_EQ(Field(Tar(deep, ""), 0, 0, 100), "g/" + file);
  const std::string widest = std::string(155, 'd') + "/" + std::string(100, 'f');
  EXPECT_EQ(Tar(widest, "").substr(345, 155), std::string(155, 'd'));
  EXPECT_EQ(Tar(widest, "").substr(0, 100), std::string(100, 'f'));
}

TEST(TarWriterTest, NameOfAHundredBytesNeedsNoPrefix) {
  const std::string name = "c/" + std::string(98, 'f');
  EXPECT_EQ(Tar(name, "").substr(0, 100), name);
  EXPECT_EQ(Field(Tar(name, ""), 0, 345, 155), "");
}

TEST(TarWriterTest, NameThatCannotBeSplitStandsInAPaxRecord) {
  const std::string name = "c/" + std::string(101, 'f');
  const std::string tar = Tar(name, "x");
  EXPECT_EQ(tar[156], 'x');
  EXPECT_EQ(Field(tar, 0, 0, 100), "c/PaxHeaders.0/" + std::string(85, 'f'));
  EXPECT_EQ(Field(tar, 0, 100, 8), "0000000");
  EXPECT_EQ(Field(tar, 0, 136, 12), "00000000000");
  EXPECT_EQ(Field(tar, 0, 329, 8), "") << "Go leaves devices empty in records";
  EXPECT_EQ(Field(tar, 1, 0, 512), "113 path=" + name + "\n");
  EXPECT_EQ(tar[2 * 512 + 156], '0');
  EXPECT_EQ(Field(tar, 2, 0, 100), name.substr(0, 100));
}

TEST(TarWriterTest, NameOutsideAsciiStandsInAPaxRecord) {
  const std::string tar = Tar("c/é/ü.txt", "x");
  EXPECT_EQ(Field(tar, 0, 0, 100), "c//PaxHeaders.0/.txt");
  EXPECT_EQ(Field(tar, 1, 0, 512), "20 path=c/é/ü.txt\n");
  EXPECT_EQ(Field(tar, 2, 0, 100), "c//.txt");
}

TEST(TarWriterTest, LengthOfARecordCountsItsOwnDigits) {
  for (const size_t size : {1U, 80U, 90U, 91U, 92U, 100U, 980U, 990U, 991U, 992U, 1000U}) {
    const std::string name = "é" + std::string(size, 'a');
    const std::string record = Field(Tar(name, ""), 1, 0, 2048);
    EXPECT_EQ(std::stoul(record), record.size());
    EXPECT_EQ(record.substr(record.find(' ')), " path=" + name + "\n");
  }
}

TEST(TarWriterTest, TimesThatDoNotFitAreKnown) {
  EXPECT_TRUE(IsTarTime(absl::UnixEpoch()));
  EXPECT_TRUE(IsTarTime(absl::FromUnixSeconds(8'589'934'591)));
  EXPECT_FALSE(IsTarTime(absl::FromUnixSeconds(8'589'934'592)));
  EXPECT_FALSE(IsTarTime(absl::FromUnixSeconds(-1)));
  EXPECT_FALSE(IsTarTime(absl::InfiniteFuture()));
}

TEST(GzipWriterTest, HeaderIsHelms) {
  const std::string gzip = GzipAsHelm("x");
  EXPECT_EQ(HexEncode(gzip.substr(0, 12)),
            "1f8b081400000000"
            "00ff"
            "2900");
  EXPECT_EQ(gzip.substr(12, 41), "+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=");
  EXPECT_EQ(gzip.substr(53, 5), std::string("Helm\0", 5));
}

// Our own reader, which refuses whatever is odd, takes every kind of name.
TEST(GzipWriterTest, ArchivesAreReadAgain) {
  TarWriter writer(kTime);
  const std::vector<std::string> names = {"c/Chart.yaml",
                                          "c/é/ü.txt",
                                          "c/" + std::string(150, 'f'),
                                          "c/" + std::string(120, 'd') + "/" + std::string(90, 'f'),
                                          "c/" + std::string(98, 'd') + "/" + std::string(120, 'f'),
                                          "c/日本語/" + std::string(200, 'x')};
  const std::string large(1 << 20, 'z');
  for (const std::string& name : names) writer.Add(name, name == names[0] ? large : name);
  const auto archive = chart::ReadArchive(GzipAsHelm(writer.Finish()), "c.tgz");
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_EQ(archive->files.size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(archive->directory + "/" + archive->files[i].name, names[i]);
    EXPECT_EQ(archive->files[i].bytes, i == 0 ? large : names[i]);
    EXPECT_EQ(archive->files[i].modified, kTime);
  }
}

}  // namespace
}  // namespace chartseal::publisher
