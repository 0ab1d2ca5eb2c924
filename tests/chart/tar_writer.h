#pragma once

#include <zlib.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

// Writes what chart archives are made of, right or wrong. Shares no code with the reader.
namespace chartseal::chart {

struct TarEntry {
  std::string name;
  std::string content;
  char type = '0';
  std::string prefix;
  std::string mtime = "14524770400";  // eleven octal digits; 2023-11-14T22:13:20Z
  std::string size;                   // as it stands in the header; empty: that of the content
  std::string magic = std::string(
      "ustar\0"
      "00",
      8);
  std::string unused;       // of the bytes after the prefix
  int checksum_off_by = 0;  // added to the right checksum
  char padding = '\0';
};

inline std::string OctalDigits(size_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*zo", digits, value);
  return text;
}

inline std::string TarBlockOf(const TarEntry& entry) {
  std::string block(512, '\0');
  const auto put = [&block](size_t offset, std::string_view text) {
    block.replace(offset, text.size(), text);
  };
  put(0, entry.name.substr(0, 100));
  put(100, std::string_view("0000644\0"
                            "0000000\0"
                            "0000000",
                            24));
  put(124, entry.size.empty() ? OctalDigits(entry.content.size(), 11) : entry.size);
  put(136, entry.mtime);
  put(148, "        ");
  block[156] = entry.type;
  put(257, entry.magic);
  put(329, std::string_view("0000000\0"
                            "0000000",
                            15));
  put(345, entry.prefix);
  put(500, entry.unused);
  size_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(148, OctalDigits(sum + entry.checksum_off_by, 6) + std::string("\0 ", 2));
  return block;
}

class TarWriter {
 public:
  TarWriter& Add(const TarEntry& entry) {
    tar_ += TarBlockOf(entry) + entry.content;
    while (tar_.size() % 512 != 0) tar_.push_back(entry.padding);
    return *this;
  }
  TarWriter& Add(const std::string& name, const std::string& content = "x") {
    return Add(TarEntry{.name = name, .content = content});
  }
  // A pax header, and the entry that it is about.
  TarWriter& AddPax(const std::string& records, const TarEntry& entry) {
    return Add(TarEntry{.name = "PaxHeaders.0/x", .content = records, .type = 'x'}).Add(entry);
  }
  TarWriter& Raw(std::string_view bytes) {
    tar_ += bytes;
    return *this;
  }
  // The archive with its two blocks of zeros.
  std::string Tar() const { return tar_ + std::string(1024, '\0'); }
  std::string Unended() const { return tar_; }

 private:
  std::string tar_;
};

// "LENGTH KEY=VALUE\n".
inline std::string PaxRecord(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

// A gzip member with an empty header, or with `header` in place of the usual ten bytes.
inline std::string Gzip(std::string_view content, std::string header = "") {
  if (header.empty()) header = std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  z_stream stream = {};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  const auto little_endian = [](uint32_t value) {
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(value >> shift));
    return bytes;
  };
  const auto crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
  return header + out + little_endian(crc) + little_endian(static_cast<uint32_t>(content.size()));
}

inline std::string Tgz(const TarWriter& tar) { return Gzip(tar.Tar()); }

}  // namespace chartseal::chart
