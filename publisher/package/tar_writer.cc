#include "publisher/package/tar_writer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr size_t kBlock = 512;
constexpr size_t kNameBytes = 100;
constexpr size_t kPrefixBytes = 155;
constexpr int64_t kLastTarSecond = (int64_t{1} << 33) - 1;
constexpr int kMode = 0644;
constexpr char kFile = '0';
constexpr char kPaxRecords = 'x';

// One header block, filled field by field at the offsets of POSIX.1-1988 ustar.
class Header {
 public:
  explicit Header(char type) : block_(kBlock, '\0') {
    block_[156] = type;
    Text(257, std::string_view("ustar\0"
                               "00",
                               8));
  }
  Header& Name(std::string_view name) { return Text(0, name.substr(0, kNameBytes)); }
  Header& Prefix(std::string_view prefix) { return Text(345, prefix); }
  Header& Mode(int mode) {
    return Octal(100, 8, static_cast<uint64_t>(mode)).Octal(108, 8, 0).Octal(116, 8, 0);
  }
  Header& Size(size_t size) { return Octal(124, 12, size); }
  Header& Modified(absl::Time time) {
    return Octal(136, 12, static_cast<uint64_t>(absl::ToUnixSeconds(time)));
  }
  Header& Devices() { return Octal(329, 8, 0).Octal(337, 8, 0); }

  // The sum is over the block with spaces in its own place; six digits, NUL and a space.
  std::string Finish() {
    Text(148, "        ");
    uint64_t sum = 0;
    for (const char c : block_) sum += static_cast<unsigned char>(c);
    Octal(148, 7, sum);
    return std::move(block_);
  }

 private:
  Header& Text(size_t offset, std::string_view text) {
    std::copy(text.begin(), text.end(), block_.begin() + static_cast<std::ptrdiff_t>(offset));
    return *this;
  }
  // Digits that fill the field but for a NUL at its end.
  Header& Octal(size_t offset, size_t width, uint64_t value) {
    std::string digits = absl::StrFormat("%0*o", static_cast<int>(width - 1), value);
    digits.push_back('\0');
    return Text(offset, digits);
  }
  std::string block_;
};

void AppendPadded(std::string_view bytes, std::string& out) {
  out += bytes;
  out.append((kBlock - bytes.size() % kBlock) % kBlock, '\0');
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string AsciiOf(std::string_view text) {
  std::string ascii;
  std::copy_if(text.begin(), text.end(), std::back_inserter(ascii),
               [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii;
}

struct SplitName {
  std::string_view prefix;
  std::string_view name;
};

// The name in the two fields of ustar, split at the last "/" that leaves a prefix short enough.
std::optional<SplitName> Split(std::string_view name) {
  if (!IsAscii(name)) return std::nullopt;
  if (name.size() <= kNameBytes) return SplitName{"", name};
  const size_t slash = name.substr(0, kPrefixBytes + 1).rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view rest = name.substr(slash + 1);
  if (rest.empty() || rest.size() > kNameBytes) return std::nullopt;
  return SplitName{name.substr(0, slash), rest};
}

// "LENGTH path=NAME\n", where LENGTH counts its own digits too.
std::string PathRecord(std::string_view name) {
  const std::string tail = Cat(" path=", name, "\n");
  size_t length = tail.size() + 1;
  while (Cat(length).size() + tail.size() != length) ++length;
  return Cat(length, tail);
}

std::string PaxName(std::string_view name) {
  const size_t slash = name.rfind('/');
  const std::string_view directory = slash == std::string_view::npos ? "" : name.substr(0, slash + 1);
  return AsciiOf(Cat(directory, "PaxHeaders.0/", name.substr(slash + 1)));
}

std::string TrimSlashes(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

// An entry of type "x" holds nothing but its records; Go leaves the fields of devices empty there.
void AppendPathRecord(std::string_view name, std::string& out) {
  const std::string record = PathRecord(name);
  out += Header(kPaxRecords)
             .Name(TrimSlashes(PaxName(name).substr(0, kNameBytes)))
             .Mode(0)
             .Size(record.size())
             .Modified(absl::UnixEpoch())
             .Finish();
  AppendPadded(record, out);
}

// What stands in the name field beside a pax record, cut off; without the "/" at its end that old readers
// take for a directory.
std::string CutName(std::string_view name) {
  std::string ascii = AsciiOf(name);
  if (ascii.size() <= kNameBytes) return ascii;
  ascii.resize(kNameBytes);
  return ascii.ends_with('/') ? TrimSlashes(std::move(ascii)) : ascii;
}

}  // namespace

void TarWriter::Add(std::string_view name, std::string_view bytes) {
  Header header(kFile);
  if (const auto split = Split(name)) {
    header.Name(split->name).Prefix(split->prefix);
  } else {
    AppendPathRecord(name, out_);
    header.Name(CutName(name));
  }
  out_ += header.Mode(kMode).Size(bytes.size()).Modified(modified_).Devices().Finish();
  AppendPadded(bytes, out_);
}

std::string TarWriter::Finish() {
  out_.append(2 * kBlock, '\0');
  return std::move(out_);
}

bool IsTarTime(absl::Time time) {
  return time >= absl::UnixEpoch() && absl::ToUnixSeconds(time) <= kLastTarSecond;
}

}  // namespace chartseal::publisher
