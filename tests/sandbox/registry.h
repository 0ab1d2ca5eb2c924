#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/registry_options.h"
#include "tests/sandbox/registry_store.h"

namespace chartseal::sandbox {

class TokenService;

// An OCI distribution registry in memory on 127.0.0.1: push, pull, tags, referrers, authentication, and every
// misbehaviour that a Fault can describe. Thread-safe; stops when destroyed.
class Registry {
 public:
  static absl::StatusOr<std::unique_ptr<Registry>> Start(RegistryOptions options = {});
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  std::string host() const;  // "127.0.0.1:PORT"
  std::string url() const;   // with http:// or https://
  // The PEM file with the certificate that a client has to trust; "" without TLS. Deleted with the registry.
  const std::string& ca_file() const;

  // Every request, those to the token endpoint ("/token") included.
  RequestLog& log();
  void AddFault(Fault fault);
  FaultPlan& faults();
  TokenService& tokens();

  // Content without HTTP. All return the digest of the bytes.
  std::string PutBlob(const std::string& repository, std::string bytes);
  std::string PutManifest(const std::string& repository, const std::string& media_type, std::string bytes);
  void Tag(const std::string& repository, const std::string& tag, const std::string& digest);
  // For content that does not match its digest, deletion, and inspection.
  RegistryStore& store();

 private:
  class Impl;
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace chartseal::sandbox
