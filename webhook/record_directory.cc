#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "verifier/base/strings.h"
#include "webhook/decision_records.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kHalfWritten = ".half-written-";

absl::Status SystemError(std::string_view what, const std::string& path, int error) {
  return absl::UnavailableError(Cat(what, " ", path, ": ", std::strerror(error)));
}

// "20261124T001203.123456Z-….json".
bool IsRecordName(std::string_view name) {
  constexpr std::string_view kPattern = "########T######.######Z-";
  if (name.size() <= kPattern.size() + kSuffix.size() || !name.ends_with(kSuffix)) return false;
  for (size_t i = 0; i < kPattern.size(); ++i) {
    const bool digit = name[i] >= '0' && name[i] <= '9';
    if (kPattern[i] == '#' ? !digit : name[i] != kPattern[i]) return false;
  }
  return true;
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (directory == nullptr) return SystemError("cannot list", path, errno);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(directory.get())) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status WriteAll(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("cannot write", path, errno);
    text.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status CreateFile(const std::string& path, std::string_view text) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return SystemError("cannot create", path, errno);
  const absl::Status written = WriteAll(descriptor, text, path);
  if (close(descriptor) != 0 && written.ok()) return SystemError("cannot write", path, errno);
  return written;
}

}  // namespace

absl::StatusOr<RecordDirectory> RecordDirectory::Open(std::string path, Limits limits) {
  auto names = NamesIn(path);
  if (!names.ok()) return names.status();
  if (access(path.c_str(), W_OK | X_OK) != 0) return SystemError("cannot write into", path, errno);
  RecordDirectory directory(std::move(path), limits);
  for (const std::string& name : *names) {
    const std::string file = Cat(directory.path_, "/", name);
    struct stat info;
    const bool regular = lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode);
    if (regular && std::string_view(name).starts_with(kHalfWritten)) unlink(file.c_str());
    if (!regular || !IsRecordName(name)) continue;
    directory.files_.push_back({name, info.st_size});
    directory.bytes_ += info.st_size;
  }
  const absl::Status room = directory.MakeRoom(0);
  if (!room.ok()) return room;
  return directory;
}

absl::Status RecordDirectory::MakeRoom(int64_t bytes) {
  while (!files_.empty() && (files_.size() >= limits_.files || bytes_ + bytes > limits_.bytes)) {
    const std::string file = Cat(path_, "/", files_.front().name);
    // One that somebody else has removed is gone as well.
    if (unlink(file.c_str()) != 0 && errno != ENOENT) return SystemError("cannot remove", file, errno);
    bytes_ -= files_.front().bytes;
    files_.pop_front();
  }
  return absl::OkStatus();
}

absl::Status RecordDirectory::Put(const std::string& name, std::string_view text) {
  const auto bytes = static_cast<int64_t>(text.size());
  if (bytes > limits_.bytes) {
    return absl::ResourceExhaustedError(Cat(path_, ": a record of ", bytes, " bytes does not fit"));
  }
  if (absl::Status room = MakeRoom(bytes); !room.ok()) return room;
  const std::string half = Cat(path_, "/", kHalfWritten, name);
  const std::string whole = Cat(path_, "/", name);
  absl::Status status = CreateFile(half, text);
  if (status.ok() && rename(half.c_str(), whole.c_str()) != 0) {
    status = SystemError("cannot rename to", whole, errno);
  }
  if (!status.ok()) {
    unlink(half.c_str());
    return status;
  }
  files_.push_back({name, bytes});
  bytes_ += bytes;
  return absl::OkStatus();
}

}  // namespace chartseal::webhook
