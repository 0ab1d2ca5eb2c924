#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

// A new file that goes away unless it was renamed.
class HalfFile {
 public:
  explicit HalfFile(const std::string& path)
      : name_(path + ".XXXXXX"), fd_(mkostemp(name_.data(), O_CLOEXEC)) {}
  ~HalfFile() {
    if (fd_ < 0) return;
    close(fd_);
    if (!renamed_) unlink(name_.c_str());
  }
  HalfFile(const HalfFile&) = delete;
  HalfFile& operator=(const HalfFile&) = delete;

  bool opened() const { return fd_ >= 0; }

  bool Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return true;
  }

  // With the permissions that a file made the ordinary way would have.
  bool Publish(const std::string& path) {
    const mode_t mask = umask(0);
    umask(mask);
    renamed_ = fchmod(fd_, 0666 & ~mask) == 0 && fsync(fd_) == 0 && rename(name_.c_str(), path.c_str()) == 0;
    return renamed_;
  }

 private:
  std::string name_;
  int fd_;
  bool renamed_ = false;
};

absl::Status Failed(const std::string& path) {
  return WithReason(
      absl::UnavailableError(Cat(Printable(path), ": cannot be written: ", std::strerror(errno))),
      Reason::kFileUnusable);
}

}  // namespace

absl::Status WriteWholeFile(const std::string& path, std::string_view bytes) {
  HalfFile file(path);
  if (!file.opened() || !file.Write(bytes) || !file.Publish(path)) return Failed(path);
  return absl::OkStatus();
}

}  // namespace chartseal::cli
