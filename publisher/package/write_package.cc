#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "publisher/package/beneath.h"
#include "publisher/package/package.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr mode_t kReadableByAll = 0644;

absl::Status CannotWrite(std::string_view path, int error) {
  return WithReason(absl::ErrnoToStatus(error, Cat("cannot write ", Printable(path, 1024))),
                    Reason::kFileUnusable);
}

// A file under a name of its own until it gets its real one; removed if it never does.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& directory, const std::string& name)
      : path_(Cat(directory, "/.", name, ".XXXXXX")),
        file_(mkostemp(path_.data(), O_CLOEXEC)),
        error_(errno) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (file_.get() >= 0 && !kept_) unlink(path_.c_str());
  }

  absl::Status Write(std::string_view bytes) const {
    if (file_.get() < 0) return CannotWrite(path_, error_);
    while (!bytes.empty()) {
      const ssize_t count = write(file_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return CannotWrite(path_, errno);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    const bool whole = fchmod(file_.get(), kReadableByAll) == 0 && fsync(file_.get()) == 0;
    return whole ? absl::OkStatus() : CannotWrite(path_, errno);
  }

  absl::Status RenameTo(const std::string& path) {
    if (rename(path_.c_str(), path.c_str()) != 0) return CannotWrite(path, errno);
    kept_ = true;
    return absl::OkStatus();
  }

 private:
  std::string path_;
  OpenFile file_;
  int error_;  // of opening it
  bool kept_ = false;
};

// So that the name survives a crash as well. Some file systems know no such thing; the file is whole anyway.
void SyncDirectory(const std::string& directory) {
  const OpenFile opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) fsync(opened.get());
}

}  // namespace

absl::StatusOr<std::string> WritePackage(const Package& package, const std::string& directory) {
  const std::string parent = directory.empty() ? "." : directory;
  std::error_code error;
  std::filesystem::create_directories(parent, error);  // as helm does
  if (error) return CannotWrite(parent, error.value());
  const std::string path = (std::filesystem::path(parent) / package.file_name).string();
  TemporaryFile file(parent, package.file_name);
  RETURN_IF_ERROR(file.Write(package.bytes));
  RETURN_IF_ERROR(file.RenameTo(path));
  SyncDirectory(parent);
  return path;
}

}  // namespace chartseal::publisher
