#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace chartseal::publisher {

// An open file or directory; closed when it goes out of scope. Movable, not copyable.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OpenFile();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// Reads below one directory and nowhere else: every component of a path is opened by itself and never as a
// symbolic link, so a link that somebody swaps in meanwhile leads to an error and not out of the directory.
// Links are followed by Resolve() alone, as text. Paths are relative to the root, "" is the root itself.
// Not thread-safe.
class Beneath {
 public:
  // NotFound, PermissionDenied, InvalidArgument when it is no directory; all with Reason::kFileUnusable.
  static absl::StatusOr<Beneath> Open(const std::string& directory);

  // Opens what is at `path`, which holds no link; never blocks on a fifo.
  absl::StatusOr<OpenFile> OpenAt(const std::string& path) const;
  // What `path` is, without following it if it is a link.
  absl::StatusOr<struct stat> Look(const std::string& path) const;
  // Names in the directory `path`, without "." and "..", sorted bytewise.
  absl::StatusOr<std::vector<std::string>> List(const std::string& path) const;
  // The path without links that the link at `path` leads to. FailedPrecondition with kChartLinkEscapes when
  // it leaves the root (an absolute target does, wherever it points: the tree would mean something else in
  // another place), with kChartRefused when it leads nowhere or in circles.
  absl::StatusOr<std::string> Resolve(const std::string& path) const;

  // "DIRECTORY/PATH", for messages.
  std::string Describe(std::string_view path) const;

 private:
  Beneath(std::string directory, OpenFile root) : directory_(std::move(directory)), root_(std::move(root)) {}
  absl::Status Error(std::string_view path, int error) const;
  absl::StatusOr<OpenFile> OpenParent(const std::string& path) const;
  absl::StatusOr<std::string> ReadLink(const std::string& path) const;

  std::string directory_;
  OpenFile root_;
};

}  // namespace chartseal::publisher
