#include "publisher/package/chart_tree.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "publisher/package/beneath.h"
#include "publisher/package/ignore_rules.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/entry_name.h"

namespace chartseal::publisher {
namespace {

constexpr char kIgnoreFile[] = ".helmignore";

absl::Status Refused(std::string_view what) {
  return WithReason(absl::FailedPreconditionError(ToAbsl(what)), Reason::kChartRefused);
}

absl::Status TooMuch(std::string_view what) {
  return WithReason(absl::ResourceExhaustedError(ToAbsl(what)), Reason::kLimitExceeded);
}

// Something of the tree: where it stands in the chart, and where its content is, which differs behind a link.
struct Place {
  std::string name;
  std::string real;
};

class Walk {
 public:
  static absl::StatusOr<std::vector<chart::File>> Run(const std::string& directory) {
    ASSIGN_OR_RETURN(Beneath root, Beneath::Open(directory));
    Walk walk(std::move(root));
    RETURN_IF_ERROR(walk.ReadIgnoreRules());
    RETURN_IF_ERROR(walk.Directory({"", ""}));
    return std::move(walk.files_);
  }

 private:
  explicit Walk(Beneath root) : root_(std::move(root)) {}

  absl::Status ReadIgnoreRules() {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, root_.List(""));
    if (!std::binary_search(names.begin(), names.end(), kIgnoreFile)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::string real, root_.Resolve(kIgnoreFile));
    ASSIGN_OR_RETURN(const chart::File file, Read({kIgnoreFile, real}, limits::kMaxIgnoreFileBytes));
    ASSIGN_OR_RETURN(rules_, IgnoreRules::Parse(file.bytes, root_.Describe(kIgnoreFile)));
    return absl::OkStatus();
  }

  absl::Status Directory(const Place& place) {
    if (std::find(open_.begin(), open_.end(), place.real) != open_.end()) {
      return Refused(Cat(root_.Describe(place.name),
                         ": the symbolic link leads to a directory that it is in (",
                         root_.Describe(place.real), "), so the chart would have no end; remove it"));
    }
    open_.push_back(place.real);
    ASSIGN_OR_RETURN(const std::vector<std::string> names, root_.List(place.real));
    const auto below = [](const std::string& parent, const std::string& name) {
      return parent.empty() ? name : Cat(parent, "/", name);
    };
    for (const std::string& name : names) {
      RETURN_IF_ERROR(Entry({below(place.name, name), below(place.real, name)}));
    }
    open_.pop_back();
    return absl::OkStatus();
  }

  absl::Status Entry(Place place) {
    ASSIGN_OR_RETURN(struct stat info, root_.Look(place.real));
    if (S_ISLNK(info.st_mode)) {
      const auto real = root_.Resolve(place.real);
      if (!real.ok()) {  // what is ignored does no harm
        const bool ignored = rules_.Ignores(place.name, false) && rules_.Ignores(place.name, true);
        return ignored ? absl::OkStatus() : real.status();
      }
      place.real = *real;
      ASSIGN_OR_RETURN(info, root_.Look(place.real));
    }
    const bool is_directory = S_ISDIR(info.st_mode);
    if (rules_.Ignores(place.name, is_directory)) return absl::OkStatus();
    RETURN_IF_ERROR(CheckName(place.name));
    if (++entries_ > 2 * limits::kMaxChartFiles) {
      return TooMuch(Cat(root_.Describe(""), ": more files and directories than a chart may have (",
                         limits::kMaxChartFiles, " files); leave some out with .helmignore"));
    }
    if (is_directory) return Directory(place);
    if (!S_ISREG(info.st_mode)) {
      return Refused(Cat(root_.Describe(place.name),
                         ": neither a file nor a directory; remove it, or name it in ", kIgnoreFile));
    }
    return AddFile(place);
  }

  absl::Status AddFile(const Place& place) {
    if (files_.size() >= limits::kMaxChartFiles) {
      return TooMuch(Cat(root_.Describe(""), ": more files than the limit of ", limits::kMaxChartFiles,
                         "; leave some out with .helmignore"));
    }
    ASSIGN_OR_RETURN(chart::File file, Read(place, limits::kMaxChartFileBytes));
    bytes_ += file.bytes.size();
    if (bytes_ > limits::kMaxChartBytes) {
      return TooMuch(Cat(root_.Describe(""), ": larger than helm unpacks (", limits::kMaxChartBytes,
                         " bytes); leave files out with .helmignore"));
    }
    files_.push_back(std::move(file));
    return absl::OkStatus();
  }

  // Names that our reader of archives, or helm's, refuses or takes for something else (§1.7).
  absl::Status CheckName(const std::string& name) const {
    const absl::Status fits = chart::CheckFileName(name);
    if (fits.ok()) return fits;
    return Refused(
        Cat(root_.Describe(name), ": ", Message(fits), "; rename it, or leave it out with ", kIgnoreFile));
  }

  absl::StatusOr<chart::File> Read(const Place& place, size_t max_bytes) const {
    ASSIGN_OR_RETURN(const OpenFile file, root_.OpenAt(place.real));
    struct stat before = {};
    if (fstat(file.get(), &before) != 0) return Unreadable(place, errno);
    if (!S_ISREG(before.st_mode)) return Refused(Cat(root_.Describe(place.name), ": not a regular file"));
    chart::File result{place.name, "", absl::FromTimeT(before.st_mtim.tv_sec)};
    char buffer[64 << 10];
    for (;;) {
      const ssize_t count = read(file.get(), buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Unreadable(place, errno);
      if (count == 0) break;
      result.bytes.append(buffer, static_cast<size_t>(count));
      if (result.bytes.size() > max_bytes) {
        return TooMuch(Cat(root_.Describe(place.name), ": larger than the limit of ", max_bytes,
                           " bytes; leave it out with .helmignore"));
      }
    }
    if (result.bytes.size() != static_cast<size_t>(before.st_size)) {
      return Refused(Cat(root_.Describe(place.name), ": changed while it was read; try again"));
    }
    return result;
  }

  absl::Status Unreadable(const Place& place, int error) const {
    return WithReason(absl::ErrnoToStatus(error, Cat("cannot read ", root_.Describe(place.name))),
                      Reason::kFileUnusable);
  }

  Beneath root_;
  IgnoreRules rules_ = IgnoreRules::Default();
  std::vector<std::string> open_;  // the directories that are being walked, without links
  std::vector<chart::File> files_;
  size_t bytes_ = 0;
  size_t entries_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<chart::File>> ReadChartTree(const std::string& directory) {
  return Walk::Run(directory);
}

}  // namespace chartseal::publisher
