#include "verifier/chart/gzip_reader.h"

#include <zlib.h>

#include <algorithm>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::chart {

struct GzipReader::State {
  State(std::string_view bytes, std::string_view where_, size_t max)
      : gzip(bytes), where(where_), max_bytes(max) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));  // zlib does not write there
    stream.avail_in = static_cast<uInt>(gzip.size());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&stream); }

  absl::Status Error(std::string_view what) const {
    return Malformed(Reason::kArchiveMalformed, where, what);
  }

  std::string_view gzip;
  std::string where;
  size_t max_bytes;
  size_t produced = 0;
  bool ended = false;
  z_stream stream = {};
};

GzipReader::GzipReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader::~GzipReader() = default;

absl::StatusOr<GzipReader> GzipReader::Open(std::string_view gzip, std::string_view where, size_t max_bytes) {
  auto state = std::make_unique<State>(gzip, where, max_bytes);
  if (gzip.size() < 2 || !gzip.starts_with("\x1f\x8b")) {
    return state->Error("not gzip; expected a chart archive (.tgz) as helm package makes it");
  }
  constexpr int kGzipOnly = 16;  // added to the window bits: a gzip header and nothing else
  if (inflateInit2(&state->stream, MAX_WBITS + kGzipOnly) != Z_OK) {
    return absl::ResourceExhaustedError(Cat(where, ": no memory to inflate"));
  }
  return GzipReader(std::move(state));
}

absl::StatusOr<size_t> GzipReader::Read(std::span<char> out) {
  State& state = *state_;
  state.stream.next_out = reinterpret_cast<Bytef*>(out.data());
  state.stream.avail_out = static_cast<uInt>(out.size());
  while (!state.ended && state.stream.avail_out > 0) {
    const int code = inflate(&state.stream, Z_NO_FLUSH);
    state.ended = code == Z_STREAM_END;
    if (code == Z_BUF_ERROR || (code == Z_OK && state.stream.avail_in == 0 && state.stream.avail_out > 0)) {
      return state.Error("cut off in the middle of the gzip data");
    }
    if (code != Z_OK && code != Z_STREAM_END) {
      const char* why = state.stream.msg != nullptr ? state.stream.msg : "cannot be inflated";
      return state.Error(Cat("damaged gzip data: ", why));
    }
  }
  const size_t read = out.size() - state.stream.avail_out;
  state.produced += read;
  if (state.produced > state.max_bytes) {
    return WithReason(absl::ResourceExhaustedError(Cat(state.where, ": unpacks to more than the limit of ",
                                                       state.max_bytes, " bytes")),
                      Reason::kLimitExceeded);
  }
  return read;
}

absl::Status GzipReader::Finish() {
  char more = 0;
  ASSIGN_OR_RETURN(const size_t read, Read({&more, 1}));
  if (read != 0) return state_->Error("data after the end of the tar archive");
  const uInt left = state_->stream.avail_in;
  if (left == 0) return absl::OkStatus();
  const std::string_view rest = state_->gzip.substr(state_->gzip.size() - left);
  if (rest.starts_with("\x1f\x8b"))
    return state_->Error("a second gzip member after the first; expected one");
  return state_->Error(Cat(left, " bytes after the end of the gzip data; expected none"));
}

}  // namespace chartseal::chart
