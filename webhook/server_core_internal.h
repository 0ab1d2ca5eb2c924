#pragma once

// Internal to the server: what its connections share. Everything here belongs to the IO thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "webhook/server.h"
#include "webhook/worker_pool.h"

namespace chartseal::webhook::internal {

using SteadyTime = std::chrono::steady_clock::time_point;

// One accepted connection, as its listener sees it.
class Connection {
 public:
  virtual ~Connection() = default;
  // Since when it has been waiting for a request to begin; nullopt while one is being read or answered.
  virtual std::optional<SteadyTime> idle_since() const = 0;
  // Breaks it off; what is under way on it ends with an error.
  virtual void Close() = 0;
};

// A listener without its socket. Shared with its connections, which may outlive it.
struct ListenerState {
  std::vector<Route> routes;
  bool tls = false;
  std::set<Connection*> connections;
};

struct ServerCore {
  ServerLimits limits;
  Metrics* metrics = nullptr;
  std::unique_ptr<WorkerPool> workers;
  int in_flight = 0;
  size_t bodies_bytes = 0;  // of all requests that are being read or answered
  bool draining = false;
  boost::asio::io_context io{1};  // last: destroying it destroys connections, which use the others

  void LimitReached(std::string_view limit) {
    if (metrics != nullptr) metrics->LimitReached(limit);
  }
  void CountInFlight(int change) {
    in_flight += change;
    if (metrics != nullptr) metrics->InFlight(in_flight);
  }
  void CountConnections(const ListenerState& listener) {
    if (metrics != nullptr && listener.tls)
      metrics->Connections(static_cast<int>(listener.connections.size()));
  }
};

// A server-side context: TLS 1.2 or newer, ALPN http/1.1. InvalidArgument when certificate and key cannot be
// read or do not belong together.
absl::StatusOr<std::unique_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsIdentity& identity);

}  // namespace chartseal::webhook::internal
