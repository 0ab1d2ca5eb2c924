#include "verifier/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

absl::Status FileError(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, Cat("cannot read ", Printable(path)));
}

absl::StatusOr<std::string> ReadDescriptor(int fd, const std::string& path, size_t max_bytes) {
  std::string content;
  char buffer[64 << 10];
  for (;;) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, errno);
    if (count == 0) return content;
    content.append(buffer, static_cast<size_t>(count));
    if (content.size() > max_bytes) {
      return WithReason(absl::ResourceExhaustedError(
                            Cat(Printable(path), ": larger than the limit of ", max_bytes, " bytes")),
                        Reason::kLimitExceeded);
    }
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  if (path == "-") return ReadDescriptor(STDIN_FILENO, "standard input", max_bytes);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError(path, errno);
  auto content = ReadDescriptor(fd, path, max_bytes);
  close(fd);
  return content;
}

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError(path, errno);
  struct stat info = {};
  const bool known = fstat(fd, &info) == 0;
  const auto size = static_cast<size_t>(info.st_size);
  void* data = nullptr;
  if (known && S_ISREG(info.st_mode) && size > 0) data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const int error = errno;
  close(fd);
  if (!known || data == MAP_FAILED) return FileError(path, error);
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(Cat(Printable(path), ": not a regular file"));
  return MappedFile(data, size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace chartseal
