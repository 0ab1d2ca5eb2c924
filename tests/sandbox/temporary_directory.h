#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace chartseal::sandbox {

// A new directory for the current user only, deleted with everything in it when the object is destroyed.
class TemporaryDirectory {
 public:
  // `purpose` becomes part of the name.
  static absl::StatusOr<TemporaryDirectory> Create(const std::string& purpose);
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;  // "" after a move
};

}  // namespace chartseal::sandbox
