#include "verifier/kube/line_reader.h"

#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::kube {

absl::Status LineReader::Add(std::string_view text) {
  if (rest_.size() + text.size() > max_line_bytes_) {
    return Malformed(Reason::kKubeUnavailable, where_,
                     Cat("an object is longer than ", max_line_bytes_, " bytes"));
  }
  rest_ += text;
  return absl::OkStatus();
}

absl::Status LineReader::Take(std::string_view piece) {
  while (!piece.empty()) {
    const size_t end = piece.find('\n');
    RETURN_IF_ERROR(Add(piece.substr(0, end)));
    if (end == std::string_view::npos) return absl::OkStatus();
    piece.remove_prefix(end + 1);
    const std::string line = std::exchange(rest_, "");
    if (!line.empty()) RETURN_IF_ERROR(on_line_(line));
  }
  return absl::OkStatus();
}

}  // namespace chartseal::kube
