#include "webhook/server.h"

#include <pthread.h>
#include <signal.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "webhook/server_core_internal.h"
#include "webhook/server_descriptors.h"
#include "webhook/server_session_internal.h"

namespace chartseal::webhook {
namespace {

using internal::CloseOverdue;
using internal::ListenerState;
using internal::Phase;
using internal::ServerCore;
using internal::Session;
using internal::SessionList;
using internal::TlsContext;
namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// A listening socket. Lives on the IO thread once Accept() was called.
class Listener {
 public:
  Listener(ServerCore& core, std::vector<Route> routes, std::shared_ptr<const TlsContext> tls)
      : core_(core), acceptor_(core.io), pause_(core.io) {
    state_->routes = std::move(routes);
    state_->is_tls = tls != nullptr;
    state_->max_connections = MaxConnections(core.limits, state_->is_tls);
    state_->set_tls_context(std::move(tls));
  }
  ~Listener() { CloseConnections(); }

  static int MaxConnections(const ServerLimits& limits, bool tls) {
    return tls ? limits.connections : std::min(limits.connections, limits::kMaxPlainConnections);
  }

  absl::Status Open(const std::string& address, uint16_t port) {
    Error error;
    const auto parsed = asio::ip::make_address(address, error);
    if (error) {
      return absl::InvalidArgumentError(Cat("cannot listen on ", Printable(address), ": not an IP address"));
    }
    const tcp::endpoint endpoint(parsed, port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && parsed.is_v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(Cat("cannot listen on ", address, " port ", port, ": ", error.message()));
  }

  uint16_t port() const { return port_; }
  ListenerState& state() { return *state_; }

  void Accept() {
    acceptor_.async_accept([this](Error error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return Pause();
      Admit(std::move(socket));
      Accept();
    });
  }

  void StopAccepting() {
    Error ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  void CloseIdle() { CloseAll(state_->in(Phase::kIdle)); }
  void CloseConnections() {
    for (SessionList& sessions : state_->phases) CloseAll(sessions);
  }
  // Whether nobody waits for an answer any more.
  bool drained() { return state_->connections == static_cast<int>(state_->in(Phase::kLinger).size()); }

 private:
  // Out of descriptors, most likely: trying again at once would spin.
  void Pause() {
    pause_.expires_after(absl::ToChronoMilliseconds(limits::kAcceptPause));
    pause_.async_wait([this](Error error) {
      if (!error) Accept();
    });
  }

  static void CloseAll(SessionList& sessions) {
    while (!sessions.empty()) sessions.front()->Close();
  }

  void Admit(tcp::socket socket) {
    if (state_->connections >= state_->max_connections) {
      core_.LimitReached("connections");
      if (!MakeRoom(*state_, std::chrono::steady_clock::now())) return;  // which closes the new one
    }
    Error error;
    socket.set_option(tcp::no_delay(true), error);
    socket.native_non_blocking(true, error);
    if (!error) std::make_shared<Session>(core_, state_, std::move(socket))->Start();
  }

  ServerCore& core_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  const std::shared_ptr<ListenerState> state_ = std::make_shared<ListenerState>();
  uint16_t port_ = 0;
};

}  // namespace

class Server::Impl {
 public:
  explicit Impl(const ServerOptions& options) {
    core_.limits = options.limits;
    core_.metrics = options.metrics;
    const int threads = options.limits.in_flight;
    core_.workers = std::make_unique<WorkerPool>(threads, static_cast<size_t>(threads));
  }

  ~Impl() {
    if (thread_.joinable()) Stop(absl::ZeroDuration());
  }

  absl::Status Open(std::vector<ListenerOptions> options) {
    size_t descriptors = limits::kSpareDescriptors;
    for (ListenerOptions& one : options) {
      std::shared_ptr<const TlsContext> tls;
      if (one.tls.has_value()) {
        ASSIGN_OR_RETURN(tls, TlsContext::Create(*one.tls));
      }
      auto listener = std::make_unique<Listener>(core_, std::move(one.routes), std::move(tls));
      RETURN_IF_ERROR(listener->Open(one.address, one.port));
      descriptors += static_cast<size_t>(listener->state().max_connections);
      listeners_.push_back(std::move(listener));
    }
    RaiseDescriptorLimit(descriptors);
    return absl::OkStatus();
  }

  void Run() {
    for (auto& listener : listeners_) listener->Accept();
    Tick();
    thread_ = std::thread([this] {
      // OpenSSL writes to sockets without MSG_NOSIGNAL; a pending SIGPIPE of this thread hurts nobody.
      sigset_t pipe;
      sigemptyset(&pipe);
      sigaddset(&pipe, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
      core_.io.run();
    });
  }

  uint16_t port(size_t listener) const { return listeners_.at(listener)->port(); }

  absl::Status ReplaceTls(size_t listener, const TlsIdentity& tls) {
    ListenerState& state = listeners_.at(listener)->state();
    if (!state.tls()) return absl::FailedPreconditionError("this listener answers plain HTTP");
    ASSIGN_OR_RETURN(std::shared_ptr<const TlsContext> context, TlsContext::Create(tls));
    state.set_tls_context(std::move(context));
    return absl::OkStatus();
  }

  bool Stop(absl::Duration grace) {
    asio::post(core_.io, [this] { Drain(); });
    const bool finished = WaitUntilDrained(grace);
    asio::post(core_.io, [this] { BreakOff(); });
    thread_.join();
    core_.workers.reset();
    return finished;
  }

 private:
  // One timer for all connections: a timer of each would be set anew several times for every request.
  void Tick() {
    tick_.expires_after(absl::ToChronoMilliseconds(limits::kTimerTick));
    tick_.async_wait([this](Error error) {
      if (error) return;
      const auto now = std::chrono::steady_clock::now();
      for (auto& listener : listeners_) CloseOverdue(core_, listener->state(), now);
      if (core_.draining) CheckDrained();
      Tick();
    });
  }

  void Drain() {
    core_.draining = true;
    for (auto& listener : listeners_) {
      if (!listener->state().tls()) continue;
      listener->StopAccepting();
      listener->CloseIdle();
    }
    CheckDrained();
  }

  void CheckDrained() {
    for (auto& listener : listeners_) {
      if (listener->state().tls() && !listener->drained()) return;
    }
    const std::lock_guard lock(mutex_);
    drained_ = true;
    drained_changed_.notify_all();
  }

  bool WaitUntilDrained(absl::Duration grace) {
    std::unique_lock lock(mutex_);
    return drained_changed_.wait_for(lock, absl::ToChronoMilliseconds(grace), [this] { return drained_; });
  }

  void BreakOff() {
    tick_.cancel();
    for (auto& listener : listeners_) {
      listener->StopAccepting();
      listener->CloseConnections();
    }
    core_.handshakes.Clear();
    core_.io.stop();
  }

  ServerCore core_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  asio::steady_timer tick_{core_.io};
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable drained_changed_;
  bool drained_ = false;  // guarded by mutex_
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options) {
  auto impl = std::make_unique<Impl>(options);
  RETURN_IF_ERROR(impl->Open(std::move(options.listeners)));
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

uint16_t Server::port(size_t listener) const { return impl_->port(listener); }

absl::Status Server::ReplaceTls(size_t listener, const TlsIdentity& tls) {
  return impl_->ReplaceTls(listener, tls);
}

bool Server::Stop(absl::Duration grace) { return impl_->Stop(grace); }

}  // namespace chartseal::webhook
