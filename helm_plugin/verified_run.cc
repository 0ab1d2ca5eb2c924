#include "helm_plugin/verified_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "helm_plugin/helm_program.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::helm_plugin {
namespace {

absl::Status Unusable(const std::string& path) {
  return WithReason(absl::FailedPreconditionError(Cat(Printable(path), ": ", std::strerror(errno))),
                    Reason::kFileUnusable);
}

// A chart's archive in a directory of its own; both are removed with the object.
class TemporaryArchive {
 public:
  static absl::StatusOr<std::unique_ptr<TemporaryArchive>> Create(const std::string& directory,
                                                                  std::string_view bytes) {
    std::string pattern = directory + "/chartseal-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) return Unusable(pattern);  // only its owner may look into it
    std::unique_ptr<TemporaryArchive> archive(new TemporaryArchive(pattern));
    RETURN_IF_ERROR(archive->Write(bytes));
    return archive;
  }
  ~TemporaryArchive() {
    unlink(path().c_str());
    rmdir(directory_.c_str());
  }
  TemporaryArchive(const TemporaryArchive&) = delete;
  TemporaryArchive& operator=(const TemporaryArchive&) = delete;

  std::string path() const { return directory_ + "/chart.tgz"; }

 private:
  explicit TemporaryArchive(std::string directory) : directory_(std::move(directory)) {}

  absl::Status Write(std::string_view bytes) const {
    const int fd = open(path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (fd < 0) return Unusable(path());
    bool written = true;
    while (written && !bytes.empty()) {
      const ssize_t count = write(fd, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      written = count > 0;
      if (written) bytes.remove_prefix(static_cast<size_t>(count));
    }
    const absl::Status status = written ? absl::OkStatus() : Unusable(path());
    close(fd);
    return status;
  }

  const std::string directory_;
};

// The host as registries have it: Docker Hub's name for people is no registry.
std::string ByDigest(const oci::Reference& reference) {
  return Cat("oci://", reference.ApiHost(), "/", reference.repository(), "@", reference.digest()->ToString());
}

// Behind "--" nothing is a flag, and nothing in front of it can take one of these for its value.
std::vector<std::string> WordsFor(const HelmArguments& arguments, const std::string& chart) {
  std::vector<std::string> words = {std::string(Name(arguments.command))};
  words.insert(words.end(), arguments.flags.begin(), arguments.flags.end());
  words.emplace_back("--");
  if (!arguments.release.empty()) words.push_back(arguments.release);
  words.push_back(chart);
  return words;
}

bool MayGoByDigest(const CheckedChart& chart, const std::string& helm) {
  if (chart.archive) return false;
  const auto version = HelmVersion(helm);
  return version.ok() && HonoursDigests(*version);
}

}  // namespace

absl::StatusOr<int> RunVerified(const HelmArguments& arguments, const CheckedChart& chart,
                                const HelmSetting& setting, oci::RegistryClient& registry,
                                absl::Time deadline) {
  if (MayGoByDigest(chart, setting.helm)) {
    return RunHelm(setting.helm, WordsFor(arguments, ByDigest(*chart.reference)), SignalsForHelm());
  }
  ASSIGN_OR_RETURN(const std::string bytes, ArchiveOf(chart, registry, deadline));
  const SignalsForHelm signals;  // before there is anything to clean up
  ASSIGN_OR_RETURN(const auto archive, TemporaryArchive::Create(setting.temporary_directory, bytes));
  return RunHelm(setting.helm, WordsFor(arguments, archive->path()), signals);
}

}  // namespace chartseal::helm_plugin
