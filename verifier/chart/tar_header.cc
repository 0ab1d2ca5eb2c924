#include "verifier/chart/tar_header.h"

#include <array>
#include <charconv>

#include "absl/strings/numbers.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::chart {
namespace {

// The fields of a ustar header that are read: where they begin and how long they are.
struct Field {
  size_t offset;
  size_t size;
  std::string_view Of(std::string_view block) const { return block.substr(offset, size); }
};
constexpr Field kName{0, 100}, kSize{124, 12}, kModified{136, 12}, kChecksum{148, 8}, kType{156, 1},
    kMagic{257, 8}, kPrefix{345, 155}, kUnused{500, 12};

absl::Status Wrong(std::string_view what) {
  return WithReason(absl::InvalidArgumentError(ToAbsl(what)), Reason::kArchiveMalformed);
}

// Octal digits and one terminator or more, NUL or space. Base-256, signs and leading blanks, which readers
// take in ways of their own, are not numbers here.
absl::StatusOr<uint64_t> ParseOctal(std::string_view field, std::string_view what) {
  const size_t digits = std::min(field.find_first_not_of("01234567"), field.size());
  const std::string_view rest = field.substr(digits);
  uint64_t value = 0;
  const bool ok = digits > 0 && !rest.empty() &&
                  rest.find_first_not_of(std::string_view("\0 ", 2)) == rest.npos &&
                  std::from_chars(field.data(), field.data() + digits, value, 8).ec == std::errc();
  if (!ok) return Wrong(Cat("its ", what, " is no octal number: \"", Printable(field, 20), "\""));
  return value;
}

// Text up to the first NUL, after which there is nothing but NULs.
absl::StatusOr<std::string_view> ParseText(std::string_view field, std::string_view what) {
  const std::string_view text = field.substr(0, field.find('\0'));
  if (field.substr(text.size()).find_first_not_of('\0') != field.npos) {
    return Wrong(Cat("its ", what, " goes on after a NUL: \"", Printable(field, 160), "\""));
  }
  return text;
}

// The sum of all bytes, those of the checksum itself counted as spaces.
uint64_t Sum(std::string_view block) {
  uint64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool of_checksum = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    sum += of_checksum ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

std::string_view TypeName(char type) {
  switch (type) {
    case '1':
      return "a hard link";
    case '2':
      return "a symbolic link";
    case '3':
      return "a character device";
    case '4':
      return "a block device";
    case '5':
      return "a directory";
    case '6':
      return "a FIFO";
    case 'g':
      return "a global pax header";
    case 'K':
    case 'L':
      return "a GNU long name";
    default:
      return "an entry of unknown type";
  }
}

absl::StatusOr<std::string> ParseName(std::string_view block) {
  ASSIGN_OR_RETURN(const std::string_view prefix, ParseText(kPrefix.Of(block), "name prefix"));
  ASSIGN_OR_RETURN(const std::string_view name, ParseText(kName.Of(block), "name"));
  return prefix.empty() ? std::string(name) : Cat(prefix, "/", name);
}

// "SECONDS" with an optional minus sign. Go writes whole seconds into a chart's archive.
absl::StatusOr<absl::Time> ParsePaxTime(std::string_view value) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || end != value.data() + value.size()) {
    return Wrong(Cat("its pax mtime is not in whole seconds: \"", Printable(value, 40), "\""));
  }
  return absl::FromUnixSeconds(seconds);
}

absl::Status Apply(std::string_view key, std::string_view value, PaxRecords& out) {
  if ((key == "path" && out.path) || (key == "mtime" && out.modified)) {
    return Wrong(Cat("its pax header has two records \"", key, "\""));
  }
  if (key == "path") {
    out.path = std::string(value);
    return absl::OkStatus();
  }
  if (key == "mtime") {
    ASSIGN_OR_RETURN(out.modified, ParsePaxTime(value));
    return absl::OkStatus();
  }
  return Wrong(
      Cat("its pax header has a record \"", Printable(key, 60), "\"; only path and mtime are taken"));
}

// Takes one record off the front of `records`.
absl::Status TakeRecord(std::string_view& records, PaxRecords& out) {
  size_t length = 0;
  const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
  const size_t digits = end - records.data();
  if (error != std::errc() || records[0] == '0' || length > records.size() || digits + 2 > length ||
      records[digits] != ' ' || records[length - 1] != '\n') {
    return Wrong(Cat("its pax header is malformed at \"", Printable(records, 40), "\""));
  }
  const std::string_view record = records.substr(digits + 1, length - digits - 2);
  records.remove_prefix(length);
  const size_t equals = record.find('=');
  if (equals == record.npos) return Wrong(Cat("its pax record \"", Printable(record, 40), "\" has no \"=\""));
  return Apply(record.substr(0, equals), record.substr(equals + 1), out);
}

}  // namespace

absl::StatusOr<TarHeader> ParseTarHeader(std::string_view block) {
  ASSIGN_OR_RETURN(const uint64_t checksum, ParseOctal(kChecksum.Of(block), "checksum"));
  if (checksum != Sum(block)) {
    return Wrong(Cat("its checksum is wrong: the header says ", checksum, ", its bytes sum to ", Sum(block)));
  }
  if (kMagic.Of(block) != std::string_view("ustar\0"
                                           "00",
                                           8)) {
    return Wrong("it is not in ustar or pax format (GNU and older formats are not taken)");
  }
  if (kUnused.Of(block).find_first_not_of('\0') != std::string_view::npos) {
    return Wrong("its header has data in bytes that ustar leaves unused");
  }
  TarHeader header;
  ASSIGN_OR_RETURN(header.name, ParseName(block));
  const char type = kType.Of(block)[0];
  header.is_pax = type == 'x';
  if (type != '0' && !header.is_pax) {
    return Wrong(Cat("it is ", TypeName(type), "; a chart archive holds regular files only"));
  }
  ASSIGN_OR_RETURN(header.size, ParseOctal(kSize.Of(block), "size"));
  ASSIGN_OR_RETURN(const uint64_t seconds, ParseOctal(kModified.Of(block), "modification time"));
  header.modified = absl::FromUnixSeconds(static_cast<int64_t>(seconds));
  return header;
}

absl::StatusOr<PaxRecords> ParsePaxRecords(std::string_view records) {
  PaxRecords out;
  while (!records.empty()) RETURN_IF_ERROR(TakeRecord(records, out));
  return out;
}

// As Writer.writePAXHeader does it: a name that was cut does not end in "/", which old readers would take for
// a directory.
std::string ShortName(std::string_view path) {
  std::string ascii;
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x80) ascii.push_back(c);
  }
  if (ascii.size() <= kName.size) return ascii;
  ascii.resize(kName.size);
  if (ascii.back() == '/') ascii.resize(ascii.find_last_not_of('/') + 1);
  return ascii;
}

}  // namespace chartseal::chart
