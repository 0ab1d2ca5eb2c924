#include "webhook/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "webhook/server_core_internal.h"
#include "webhook/server_session_internal.h"

namespace chartseal::webhook {
namespace {

using internal::Connection;
using internal::Error;
using internal::ListenerState;
using internal::PlainStream;
using internal::ServerCore;
using internal::Session;
using internal::TlsStream;
namespace asio = boost::asio;
using asio::ip::tcp;

// A listening socket. Lives on the IO thread once Accept() was called.
class Listener {
 public:
  Listener(ServerCore& core, std::vector<Route> routes, std::unique_ptr<asio::ssl::context> tls)
      : core_(core), acceptor_(core.io), pause_(core.io), tls_(std::move(tls)) {
    state_->routes = std::move(routes);
    state_->tls = tls_ != nullptr;
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
  const ListenerState& state() const { return *state_; }

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

  void CloseConnections(bool idle_only) {
    for (Connection* connection : state_->connections) {
      if (!idle_only || connection->idle_since().has_value()) connection->Close();
    }
  }

 private:
  // Out of descriptors, most likely: trying again at once would spin.
  void Pause() {
    pause_.expires_after(absl::ToChronoMilliseconds(limits::kAcceptPause));
    pause_.async_wait([this](Error error) {
      if (!error) Accept();
    });
  }

  void Admit(tcp::socket socket) {
    if (static_cast<int>(state_->connections.size()) >= core_.limits.connections) {
      core_.LimitReached("connections");
      if (!CloseLongestIdle()) return;  // which closes the new one
    }
    Error ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (tls_ != nullptr) {
      std::make_shared<Session<TlsStream>>(core_, state_, TlsStream(std::move(socket), *tls_))->Start();
    } else {
      std::make_shared<Session<PlainStream>>(core_, state_, PlainStream(std::move(socket)))->Start();
    }
  }

  // Makes room, so that whoever opens connections and says nothing cannot keep others out.
  bool CloseLongestIdle() {
    Connection* longest = nullptr;
    for (Connection* connection : state_->connections) {
      if (!connection->idle_since().has_value()) continue;
      if (longest == nullptr || *connection->idle_since() < *longest->idle_since()) longest = connection;
    }
    if (longest == nullptr) return false;
    longest->Close();
    return true;
  }

  ServerCore& core_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  const std::unique_ptr<asio::ssl::context> tls_;
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
    for (ListenerOptions& one : options) {
      std::unique_ptr<asio::ssl::context> tls;
      if (one.tls.has_value()) {
        ASSIGN_OR_RETURN(tls, internal::MakeTlsContext(*one.tls));
      }
      auto listener = std::make_unique<Listener>(core_, std::move(one.routes), std::move(tls));
      RETURN_IF_ERROR(listener->Open(one.address, one.port));
      listeners_.push_back(std::move(listener));
    }
    return absl::OkStatus();
  }

  void Run() {
    for (auto& listener : listeners_) listener->Accept();
    thread_ = std::thread([this] { core_.io.run(); });
  }

  uint16_t port(size_t listener) const { return listeners_.at(listener)->port(); }

  bool Stop(absl::Duration grace) {
    asio::post(core_.io, [this] { Drain(); });
    const bool finished = drained_.WaitForNotificationWithTimeout(grace);
    asio::post(core_.io, [this] { BreakOff(); });
    thread_.join();
    core_.workers.reset();
    return finished;
  }

 private:
  void Drain() {
    core_.draining = true;
    for (auto& listener : listeners_) {
      if (!listener->state().tls) continue;
      listener->StopAccepting();
      listener->CloseConnections(true);
    }
    CheckDrained();
  }

  // Looks again until nobody is connected; there is no hurry and only one who asks.
  void CheckDrained() {
    for (auto& listener : listeners_) {
      if (!listener->state().tls || listener->state().connections.empty()) continue;
      drain_timer_.expires_after(std::chrono::milliseconds(10));
      drain_timer_.async_wait([this](Error error) {
        if (!error) CheckDrained();
      });
      return;
    }
    drained_.Notify();
  }

  void BreakOff() {
    drain_timer_.cancel();
    for (auto& listener : listeners_) {
      listener->StopAccepting();
      listener->CloseConnections(false);
    }
    core_.io.stop();
  }

  ServerCore core_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  asio::steady_timer drain_timer_{core_.io};
  absl::Notification drained_;
  std::thread thread_;
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

bool Server::Stop(absl::Duration grace) { return impl_->Stop(grace); }

}  // namespace chartseal::webhook
