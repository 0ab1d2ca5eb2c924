#include "tests/sandbox/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace chartseal::sandbox {

absl::StatusOr<TemporaryDirectory> TemporaryDirectory::Create(const std::string& purpose) {
  std::string parent = std::filesystem::temp_directory_path().string();
  std::string path = absl::StrCat(parent, "/chartseal-", purpose, "-", std::string(6, 'X'));
  if (mkdtemp(path.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot make a directory in ", parent));
  }
  return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, "")) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace chartseal::sandbox
