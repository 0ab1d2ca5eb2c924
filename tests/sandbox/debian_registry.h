#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/sandbox/temporary_directory.h"

namespace chartseal::sandbox {

// Debian's docker-registry as a child process on 127.0.0.1: a real registry without the referrers API. Its
// storage is a temporary directory that is deleted with the object; the process is ended by its id and does
// not outlive us.
class DebianRegistry {
 public:
  // Ready for requests when it returns. NotFound when /usr/bin/docker-registry is not installed: tests must
  // fail then, so that an environment without it is not taken for a passing one.
  static absl::StatusOr<std::unique_ptr<DebianRegistry>> Start();
  ~DebianRegistry();
  DebianRegistry(const DebianRegistry&) = delete;
  DebianRegistry& operator=(const DebianRegistry&) = delete;

  std::string host() const;  // "127.0.0.1:PORT"
  std::string url() const;   // "http://127.0.0.1:PORT"
  pid_t pid() const { return pid_; }

 private:
  explicit DebianRegistry(TemporaryDirectory directory) : directory_(std::move(directory)) {}
  absl::Status Launch();
  absl::Status WaitUntilReady();
  std::string LogTail() const;

  const TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace chartseal::sandbox
