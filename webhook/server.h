#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "webhook/http_exchange.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {

// The limits that tests set smaller; limits.h gives the reasons.
struct ServerLimits {
  size_t head_bytes = limits::kMaxHeadBytes;
  size_t body_bytes = limits::kMaxBodyBytes;
  size_t bodies_bytes = limits::kMaxBodiesBytes;
  int connections = limits::kMaxConnections;  // of each listener
  int in_flight = limits::kMaxInFlight;
  absl::Duration handshake_time = limits::kMaxHandshakeTime;
  absl::Duration head_time = limits::kMaxHeadTime;
  absl::Duration body_time = limits::kMaxBodyTime;
  absl::Duration write_time = limits::kMaxWriteTime;
  absl::Duration idle_time = limits::kMaxIdleTime;
  absl::Duration connection_age = limits::kMaxConnectionAge;
};

// PEM texts.
struct TlsIdentity {
  std::string certificate_chain;  // leaf first
  std::string private_key;
  // When not empty, a client must show a certificate of one of these authorities, or its handshake fails.
  std::string client_ca;
  // When not empty, the common name or a DNS name of that certificate must be one of these, exactly;
  // otherwise requests are answered 403.
  std::vector<std::string> client_names;

  bool operator==(const TlsIdentity&) const = default;
};

struct ListenerOptions {
  std::string address;             // an IP address
  uint16_t port = 0;               // 0: any free one
  std::optional<TlsIdentity> tls;  // TLS 1.2 or newer; absent: plain HTTP
  std::vector<Route> routes;
};

struct ServerOptions {
  std::vector<ListenerOptions> listeners;
  ServerLimits limits;
  Metrics* metrics = nullptr;  // borrowed; must outlive the server
};

// HTTP/1.1 listeners on one IO thread, with workers for handlers that block. A client that is slow, idle or
// silent costs a connection and a little memory, never a thread.
//
// Replies of its own: 400 (not HTTP, or a request whose end is ambiguous), 403 (client certificate of another
// name), 404, 405, 413 (body over the limit), 415 (content type, or any content encoding), 429 with
// Retry-After: 1 (too many requests in flight, or too many bytes of bodies), 431 (head over the limit), 500
// (a handler threw).
class Server {
 public:
  // Listens before it returns, and raises the soft limit of file descriptors as far as the connections need
  // (a log line says when that is not possible). InvalidArgument when certificate, key or address cannot be
  // used; Unavailable when an address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options);
  // Stop() without grace.
  ~Server();

  // Where the listener with that index listens.
  uint16_t port(size_t listener) const;

  // From now on new connections of that listener get this identity; open ones keep theirs until they are
  // retired. InvalidArgument, and nothing changes, when it cannot be used. Thread-safe.
  absl::Status ReplaceTls(size_t listener, const TlsIdentity& tls);

  // Stops accepting on the TLS listeners, closes idle connections and lets requests in flight finish, each
  // the last one of its connection, for at most `grace`. Plain listeners answer until the end, so that probes
  // see the drain. Returns true when everything finished in time. Call once, from another thread than a
  // handler.
  bool Stop(absl::Duration grace);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace chartseal::webhook
