#pragma once

// Internal to the server: what the handshakes of one listener use, until the next rotation.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "webhook/server.h"

struct ssl_ctx_st;
struct x509_st;

namespace chartseal::webhook::internal {

// Immutable; shared by its connections, which keep it when the listener gets another.
class TlsContext {
 public:
  // TLS 1.2 or newer, ALPN http/1.1, no resumption (no API server resumes). InvalidArgument when certificate
  // and key cannot be read or do not belong together, or when the client CA is none.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> Create(const TlsIdentity& identity);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* native() const { return native_; }
  // "" when a client with this certificate may ask; else why not, as a line for that client.
  std::string WhyForbidden(x509_st* certificate) const;

 private:
  TlsContext(ssl_ctx_st* native, std::vector<std::string> client_names)
      : native_(native), client_names_(std::move(client_names)) {}
  ssl_ctx_st* const native_;
  const std::vector<std::string> client_names_;
};

}  // namespace chartseal::webhook::internal
