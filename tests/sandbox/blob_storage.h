#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "tests/sandbox/loopback_server.h"

namespace chartseal::sandbox {

class TlsFiles;

// The object storage that a registry redirects blob downloads to: another host:port, which insists that the
// signed query arrives byte for byte as the registry wrote it (403 otherwise) and refuses an Authorization
// header (400), as real ones do. Its log tells what the client sent. Thread-safe.
class BlobStorage {
 public:
  static absl::StatusOr<std::unique_ptr<BlobStorage>> Start(bool tls = false);
  ~BlobStorage();

  // For RegistryOptions::blob_redirect_base.
  std::string url() const;             // "http://127.0.0.1:PORT/bucket"
  const std::string& ca_file() const;  // "" without TLS

  std::string Put(std::string bytes);  // returns the digest
  void PutAs(const std::string& digest, std::string bytes);

  RequestLog& log() { return server_->log(); }
  FaultPlan& faults() { return server_->faults(); }

 private:
  BlobStorage() = default;
  HttpResponse Handle(const HttpRequest& request) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::string> blobs_;
  std::unique_ptr<TlsFiles> tls_;
  std::string ca_file_;
  std::unique_ptr<LoopbackServer> server_;  // last: stops first
};

}  // namespace chartseal::sandbox
