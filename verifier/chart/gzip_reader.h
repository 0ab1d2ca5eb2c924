#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace chartseal::chart {

// Inflates one gzip member (RFC 1952) piece by piece, so that memory does not depend on what it unpacks to.
// Any header is taken, helm's with its extra field and comment in either form (spec/helm-oci-kubernetes.md
// §1.5) like the plain one of gzip; its checksum, when it has one, and those of the content are verified.
// Borrows `gzip` and `where`, which names the archive in errors. Not thread-safe.
//
// Errors: InvalidArgument with Reason::kArchiveMalformed; ResourceExhausted with kLimitExceeded as soon as
// more than `max_bytes` come out.
class GzipReader {
 public:
  static absl::StatusOr<GzipReader> Open(std::string_view gzip, std::string_view where, size_t max_bytes);
  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) = delete;
  ~GzipReader();

  // Fills `out` as far as there is content; less than its size means that the content has ended.
  absl::StatusOr<size_t> Read(std::span<char> out);
  // Verifies that the content has ended, that its checksum and size are right and that nothing comes after.
  absl::Status Finish();

 private:
  struct State;
  explicit GzipReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chartseal::chart
