#include "publisher/package/beneath.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

std::string_view ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : path.substr(0, slash);
}

std::string NameOf(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// Puts the components of `path` before what is in `queue`; empty ones and "." say nothing.
void PushFront(std::string_view path, std::deque<std::string>& queue) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  queue.insert(queue.begin(), parts.begin(), parts.end());
}

absl::Status Refused(Reason reason, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(ToAbsl(what)), reason);
}

}  // namespace

OpenFile::~OpenFile() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<Beneath> Beneath::Open(const std::string& directory) {
  OpenFile root(open(directory.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (root.get() < 0) {
    const std::string where = Cat("cannot read ", Printable(directory));
    const absl::Status status =
        errno == ENOTDIR
            ? absl::InvalidArgumentError(Cat(where, ": not a directory; name the chart's directory"))
            : absl::ErrnoToStatus(errno, where);
    return WithReason(status, Reason::kFileUnusable);
  }
  return Beneath(directory, std::move(root));
}

std::string Beneath::Describe(std::string_view path) const {
  return path.empty() ? Printable(directory_, 1024) : Printable(Cat(directory_, "/", path), 1024);
}

absl::Status Beneath::Error(std::string_view path, int error) const {
  return WithReason(absl::ErrnoToStatus(error, Cat("cannot read ", Describe(path))), Reason::kFileUnusable);
}

absl::StatusOr<OpenFile> Beneath::OpenParent(const std::string& path) const {
  OpenFile at(openat(root_.get(), ".", kReading | O_DIRECTORY));
  if (at.get() < 0) return Error("", errno);
  std::deque<std::string> parts;
  PushFront(ParentOf(path), parts);
  for (const std::string& part : parts) {
    OpenFile next(openat(at.get(), part.c_str(), kReading | O_DIRECTORY));
    if (next.get() < 0) return Error(path, errno);
    at = std::move(next);
  }
  return at;
}

absl::StatusOr<OpenFile> Beneath::OpenAt(const std::string& path) const {
  ASSIGN_OR_RETURN(const OpenFile parent, OpenParent(path));
  OpenFile file(openat(parent.get(), path.empty() ? "." : NameOf(path).c_str(), kReading));
  if (file.get() < 0) return Error(path, errno);
  return file;
}

absl::StatusOr<struct stat> Beneath::Look(const std::string& path) const {
  ASSIGN_OR_RETURN(const OpenFile parent, OpenParent(path));
  struct stat info = {};
  const std::string name = path.empty() ? "." : NameOf(path);
  if (fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return Error(path, errno);
  return info;
}

absl::StatusOr<std::vector<std::string>> Beneath::List(const std::string& path) const {
  ASSIGN_OR_RETURN(const OpenFile file, OpenAt(path));
  const int fd = fcntl(file.get(), F_DUPFD_CLOEXEC, 0);
  DIR* const opened = fd < 0 ? nullptr : fdopendir(fd);
  if (opened == nullptr) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return Error(path, error);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opened, closedir);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* const entry = readdir(directory.get());
    if (entry == nullptr && errno != 0) return Error(path, errno);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> Beneath::ReadLink(const std::string& path) const {
  ASSIGN_OR_RETURN(const OpenFile parent, OpenParent(path));
  char target[PATH_MAX];
  const ssize_t size = readlinkat(parent.get(), NameOf(path).c_str(), target, sizeof target);
  if (size < 0) return Error(path, errno);
  return std::string(target, static_cast<size_t>(size));
}

absl::StatusOr<std::string> Beneath::Resolve(const std::string& path) const {
  std::deque<std::string> rest;
  PushFront(path, rest);
  std::string at;
  std::string text;  // of the last link, for messages
  for (size_t links = 0; !rest.empty();) {
    const std::string part = std::move(rest.front());
    rest.pop_front();
    if (part == ".." && at.empty()) {
      return Refused(Reason::kChartLinkEscapes,
                     Cat(Describe(path), ": the symbolic link leads out of the chart, to ", Printable(text),
                         "; put a copy of its target there"));
    }
    if (part == "..") {
      at = ParentOf(at);
      continue;
    }
    const std::string next = at.empty() ? part : Cat(at, "/", part);
    const auto info = Look(next);
    if (!info.ok()) {
      return Refused(Reason::kChartRefused, Cat(Describe(path), ": the symbolic link leads nowhere, to ",
                                                Printable(text), "; remove it or make its target"));
    }
    if (!S_ISLNK(info->st_mode)) {
      at = next;
      continue;
    }
    ASSIGN_OR_RETURN(text, ReadLink(next));
    if (text.starts_with('/')) {
      return Refused(Reason::kChartLinkEscapes,
                     Cat(Describe(path), ": the symbolic link leads out of the chart, to the absolute path ",
                         Printable(text), "; make it relative, or put a copy of its target there"));
    }
    if (++links > limits::kMaxChartLinkDepth) {
      return Refused(
          Reason::kChartRefused,
          Cat(Describe(path), ": the symbolic link leads in circles, by way of ", Printable(text)));
    }
    PushFront(text, rest);
  }
  return at;
}

}  // namespace chartseal::publisher
