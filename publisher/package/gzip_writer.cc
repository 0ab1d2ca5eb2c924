#include "publisher/package/gzip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>

namespace chartseal::publisher {
namespace {

// FEXTRA and FCOMMENT; time 0, no level, system unknown; 41 bytes of extra field; the comment with its NUL.
constexpr char kHeader[] =
    "\x1f\x8b\x08\x14\0\0\0\0\0\xff"
    "\x29\0+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo="
    "Helm";
constexpr int kWindowBits = -15;  // raw deflate
constexpr int kMemoryLevel = 8;   // zlib's own default, named because it changes the bytes
constexpr size_t kPiece = 64 << 10;

void AppendDeflated(std::string_view bytes, std::string& out) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::bad_alloc();  // the only way it fails with these arguments
  }
  // zlib's interface is not const-correct; it only reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  size_t left = bytes.size();
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    const size_t piece = std::min<size_t>(left, std::numeric_limits<uInt>::max());
    stream.avail_in = static_cast<uInt>(piece);
    left -= piece;
    do {
      const size_t size = out.size();
      out.resize(size + kPiece);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
      stream.avail_out = kPiece;
      result = deflate(&stream, left == 0 ? Z_FINISH : Z_NO_FLUSH);
      out.resize(size + kPiece - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
}

void AppendLittleEndian(uint32_t value, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

}  // namespace

std::string GzipAsHelm(std::string_view bytes) {
  std::string out(kHeader, sizeof kHeader);
  AppendDeflated(bytes, out);
  AppendLittleEndian(
      static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())), out);
  AppendLittleEndian(static_cast<uint32_t>(bytes.size()), out);
  return out;
}

}  // namespace chartseal::publisher
