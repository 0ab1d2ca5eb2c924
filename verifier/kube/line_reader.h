#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace chartseal::kube {

// Cuts a stream of bytes into lines, whatever pieces it comes in.
class LineReader {
 public:
  using OnLine = std::function<absl::Status(std::string_view)>;

  // `where` names the stream in errors.
  LineReader(std::string where, size_t max_line_bytes, OnLine on_line)
      : where_(std::move(where)), max_line_bytes_(max_line_bytes), on_line_(std::move(on_line)) {}

  // Hands over each line that is complete, without its end; empty ones are passed over. The first error of
  // the callback; InvalidArgument/kKubeUnavailable when a line is longer than allowed.
  absl::Status Take(std::string_view piece);

 private:
  absl::Status Add(std::string_view text);

  std::string where_;
  size_t max_line_bytes_;
  OnLine on_line_;
  std::string rest_;
};

}  // namespace chartseal::kube
