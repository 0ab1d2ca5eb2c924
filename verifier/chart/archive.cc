#include "verifier/chart/archive.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/entry_name.h"
#include "verifier/chart/gzip_reader.h"
#include "verifier/chart/tar_header.h"

namespace chartseal::chart {
namespace {

using Block = std::array<char, kTarBlock>;

std::string_view View(const Block& block) { return {block.data(), block.size()}; }
// The first byte is zero and each other one equals the one before it: memcmp is fast in every build.
bool IsZero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

absl::Status TooLarge(std::string_view where, std::string_view what) {
  return WithReason(absl::ResourceExhaustedError(Cat(where, ": ", what)), Reason::kLimitExceeded);
}

// Control flow of a tar archive: header, perhaps a pax header before it, content, padding, until two blocks
// of zeros. What a header says is tar_header.h, what a name may be entry_name.h.
class ArchiveReader {
 public:
  ArchiveReader(GzipReader gzip, std::string_view where, ArchiveBudget& budget)
      : gzip_(std::move(gzip)), where_(where), budget_(budget) {}

  absl::StatusOr<Archive> Read() {
    Block block;
    while (true) {
      RETURN_IF_ERROR(ReadExactly(block, "the archive"));
      if (IsZero(View(block))) break;
      RETURN_IF_ERROR(ReadEntry(block));
    }
    RETURN_IF_ERROR(ReadEnd());
    if (archive_.files.empty()) return Error("holds no files; expected a chart");
    return std::move(archive_);
  }

 private:
  absl::Status Error(std::string_view what) const {
    return Malformed(Reason::kArchiveMalformed, where_, what);
  }
  absl::Status EntryError(std::string_view name, std::string_view what) const {
    const size_t number = archive_.files.size() + 1;
    return Error(Cat("entry ", number, " (\"", Printable(name), "\"): ", what));
  }
  absl::Status EntryError(std::string_view name, const absl::Status& status) const {
    return EntryError(name, Message(status));
  }

  absl::Status ReadExactly(std::span<char> out, std::string_view what) {
    ASSIGN_OR_RETURN(const size_t read, gzip_.Read(out));
    if (read == out.size()) return absl::OkStatus();
    return Error(Cat("the tar data ends in the middle of ", what));
  }

  // The second block of zeros, and nothing but zeros up to the end (GNU tar pads to 10 KiB).
  absl::Status ReadEnd() {
    Block block;
    RETURN_IF_ERROR(ReadExactly(block, "its end; expected two blocks of zeros"));
    size_t read = block.size();
    while (read > 0) {
      if (!IsZero({block.data(), read})) return Error("data after the end of the tar archive");
      ASSIGN_OR_RETURN(read, gzip_.Read(block));
    }
    return gzip_.Finish();
  }

  absl::Status ReadEntry(Block& block) {
    ASSIGN_OR_RETURN(TarHeader header, ParseHeader(block));
    if (header.is_pax) {
      ASSIGN_OR_RETURN(PaxRecords pax, ReadPax(header));
      RETURN_IF_ERROR(ReadExactly(block, "the archive; a pax header is the last entry"));
      const std::string pax_name = header.name;
      ASSIGN_OR_RETURN(header, ParseHeader(block));
      if (header.is_pax) return EntryError(pax_name, "two pax headers before one entry");
      RETURN_IF_ERROR(ApplyPax(std::move(pax), header));
    }
    ASSIGN_OR_RETURN(const std::string name, PathInChart(header.name));
    RETURN_IF_ERROR(Spend(header));
    File file{.name = name, .modified = header.modified};
    ASSIGN_OR_RETURN(file.bytes, ReadContent(header));
    archive_.files.push_back(std::move(file));
    return absl::OkStatus();
  }

  absl::StatusOr<TarHeader> ParseHeader(const Block& block) const {
    auto header = ParseTarHeader(View(block));
    if (header.ok()) return header;
    const std::string_view name = View(block).substr(0, View(block).substr(0, 100).find('\0'));
    return EntryError(name, header.status());
  }

  absl::StatusOr<PaxRecords> ReadPax(const TarHeader& header) {
    if (header.size > limits::kMaxPaxHeaderBytes) {
      return TooLarge(where_, Cat("a pax header of ", header.size, " bytes, more than the limit of ",
                                  limits::kMaxPaxHeaderBytes));
    }
    ASSIGN_OR_RETURN(const std::string text, ReadContent(header));
    auto records = ParsePaxRecords(text);
    if (!records.ok()) return EntryError(header.name, records.status());
    return records;
  }

  // A reader that does not know pax would take the name of the ustar header: both must be one.
  absl::Status ApplyPax(PaxRecords pax, TarHeader& header) const {
    if (pax.path) {
      if (header.name != ShortName(*pax.path)) {
        return EntryError(header.name,
                          Cat("its pax header gives it another name: \"", Printable(*pax.path), "\""));
      }
      header.name = *std::move(pax.path);
    }
    if (pax.modified) header.modified = *pax.modified;
    return absl::OkStatus();
  }

  // The name below the chart's directory, which is the same for all.
  absl::StatusOr<std::string> PathInChart(std::string_view name) {
    if (auto status = CheckFileName(name); !status.ok()) return EntryError(name, status);
    const size_t slash = name.find('/');
    if (slash == name.npos) return EntryError(name, "not in a directory; expected CHART/FILE");
    const std::string_view directory = name.substr(0, slash);
    const std::string_view path = name.substr(slash + 1);
    if (archive_.directory.empty()) archive_.directory = directory;
    if (directory != archive_.directory) {
      return EntryError(name, Cat("expected everything to be in one directory, which is \"",
                                  Printable(archive_.directory), "\""));
    }
    if (auto status = CheckFileName(path); !status.ok()) return EntryError(name, status);
    if (auto status = names_.Add(path); !status.ok()) return EntryError(name, status);
    return std::string(path);
  }

  absl::Status Spend(const TarHeader& header) {
    const std::string entry = Cat(where_, ": \"", Printable(header.name), "\"");
    if (header.size > limits::kMaxChartFileBytes) {
      return TooLarge(entry, Cat(header.size, " bytes, more than the limit of ", limits::kMaxChartFileBytes,
                                 " for one file"));
    }
    if (budget_.files == 0) {
      return TooLarge(where_,
                      Cat("more than ", limits::kMaxChartFiles, " files, those of subcharts included"));
    }
    if (header.size > budget_.bytes) {
      return TooLarge(where_, Cat("unpacks to more than the limit of ", limits::kMaxChartBytes,
                                  " bytes, subcharts included"));
    }
    --budget_.files;
    budget_.bytes -= header.size;
    return absl::OkStatus();
  }

  // The content and the padding to a whole block. The size has been judged.
  absl::StatusOr<std::string> ReadContent(const TarHeader& header) {
    std::string bytes(header.size, '\0');
    RETURN_IF_ERROR(ReadExactly(bytes, Cat("\"", Printable(header.name), "\"")));
    Block padding;
    const size_t size = (kTarBlock - header.size % kTarBlock) % kTarBlock;
    RETURN_IF_ERROR(ReadExactly(std::span(padding).first(size), Cat("\"", Printable(header.name), "\"")));
    if (!IsZero({padding.data(), size}))
      return EntryError(header.name, "data in the padding after its content");
    return bytes;
  }

  GzipReader gzip_;
  std::string where_;
  ArchiveBudget& budget_;
  Archive archive_;
  FileNames names_;
};

}  // namespace

absl::StatusOr<Archive> ReadArchive(std::string_view tgz, std::string_view where, ArchiveBudget& budget) {
  if (tgz.size() > limits::kMaxChartArchiveBytes) {
    return TooLarge(where, Cat(tgz.size(), " bytes, more than the limit of ", limits::kMaxChartArchiveBytes,
                               " for a chart archive"));
  }
  ASSIGN_OR_RETURN(GzipReader gzip, GzipReader::Open(tgz, where, limits::kMaxChartBytes));
  return ArchiveReader(std::move(gzip), where, budget).Read();
}

absl::StatusOr<Archive> ReadArchive(std::string_view tgz, std::string_view where) {
  ArchiveBudget budget;
  return ReadArchive(tgz, where, budget);
}

}  // namespace chartseal::chart
