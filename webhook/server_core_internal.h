#pragma once

// Internal to the server: what its connections share. Everything here belongs to the IO thread, but what
// says otherwise.

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/server.h"
#include "webhook/server_tls_internal.h"
#include "webhook/worker_pool.h"

namespace chartseal::webhook::internal {

using SteadyTime = std::chrono::steady_clock::time_point;

class Session;

// What a connection is waiting for. Each phase has one duration, so a list in the order of entering it is in
// the order of its deadlines, and looking at the front is enough.
enum class Phase { kHandshake, kIdle, kHead, kBody, kWork, kWrite, kLinger };
inline constexpr size_t kPhases = 7;
using SessionList = std::list<std::shared_ptr<Session>>;

// A listener without its socket. Shared with its connections, which may outlive it.
struct ListenerState {
  bool tls() const { return is_tls; }
  SessionList& in(Phase phase) { return phases[static_cast<size_t>(phase)]; }
  // Of the next connection; null without TLS. Thread-safe, as is the setter.
  std::shared_ptr<const TlsContext> tls_context() const {
    const std::lock_guard lock(mutex);
    return context;
  }
  void set_tls_context(std::shared_ptr<const TlsContext> next) {
    const std::lock_guard lock(mutex);
    context = std::move(next);
  }

  std::vector<Route> routes;
  bool is_tls = false;
  int max_connections = 0;
  int connections = 0;
  std::array<SessionList, kPhases> phases;  // owns the connections
  std::list<Session*> by_age;               // the oldest first
  mutable std::mutex mutex;
  std::shared_ptr<const TlsContext> context;  // guarded by mutex
};

// Handshakes cost a hundred times what an answer costs: they take turns with everything else, one step at a
// time, so that two thousand of them do not stand before a caller.
class HandshakeQueue {
 public:
  explicit HandshakeQueue(boost::asio::io_context& io) : io_(io) {}
  void Push(std::shared_ptr<Session> session);
  void Clear() { waiting_.clear(); }

 private:
  void Step();
  boost::asio::io_context& io_;
  std::deque<std::shared_ptr<Session>> waiting_;
  bool stepping_ = false;
};

struct ServerCore {
  static constexpr size_t kReadBytes = 64 << 10;

  ServerLimits limits;
  Metrics* metrics = nullptr;
  std::unique_ptr<WorkerPool> workers;
  int in_flight = 0;
  size_t bodies_bytes = 0;  // of all requests that are being read or answered
  bool draining = false;
  std::vector<char> scratch = std::vector<char>(kReadBytes);  // what one read brought; used within one step
  std::string out;                                            // the reply being written; likewise
  boost::asio::io_context io{1};  // late: destroying it destroys connections, which use the others
  HandshakeQueue handshakes{io};

  void LimitReached(std::string_view limit) {
    if (metrics != nullptr) metrics->LimitReached(limit);
  }
  void CountInFlight(int change) {
    in_flight += change;
    if (metrics != nullptr) metrics->InFlight(in_flight);
  }
  void CountConnections(ListenerState& listener, int change) {
    listener.connections += change;
    if (metrics != nullptr && listener.tls()) metrics->Connections(listener.connections);
  }
  // How long a connection may stay in that phase. Infinite for kWork: handlers have deadlines of their own.
  absl::Duration PhaseTime(Phase phase) const;
};

// Closes the connections of one listener whose time has passed. To be called every limits::kTimerTick.
void CloseOverdue(ServerCore& core, ListenerState& listener, SteadyTime now);
// Makes room for one more: closes the connection that has been idle for longest, or one that has been silent
// for limits::kMaxSilenceWhenFull where a request should come. False when there is none.
bool MakeRoom(ListenerState& listener, SteadyTime now);

}  // namespace chartseal::webhook::internal
