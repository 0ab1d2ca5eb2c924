#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chartseal {

// The whole content of a regular file (or, with "-", of standard input). Errors name the path: NotFound,
// PermissionDenied, ResourceExhausted with Reason::kLimitExceeded when it holds more than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// A regular file of any size, mapped for reading: costs address space, not memory. Another process that
// truncates the file meanwhile ends this one with a signal, as with any mapping. Movable, not copyable.
class MappedFile {
 public:
  // Errors as ReadFile(); InvalidArgument when it is not a regular file.
  static absl::StatusOr<MappedFile> Open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  // Valid as long as this object.
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile(void* data, size_t size) : data_(data), size_(size) {}
  void* data_;
  size_t size_;
};

}  // namespace chartseal
