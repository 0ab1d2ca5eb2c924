#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/sandbox/temporary_directory.h"

namespace chartseal::sandbox {

// A self-signed certificate for 127.0.0.1 and localhost, valid for a day, and its P-256 key, as PEM files in
// a directory of their own that is deleted with the object.
class TlsFiles {
 public:
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Create();
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;

  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  explicit TlsFiles(TemporaryDirectory directory);
  TemporaryDirectory directory_;
  std::string certificate_file_;
  std::string key_file_;
};

}  // namespace chartseal::sandbox
