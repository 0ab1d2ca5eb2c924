#include "webhook/tls_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace chartseal::webhook {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

class Socket {
 public:
  explicit Socket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

  // The kernel applies the second one to connect() as well.
  void LimitWaits(absl::Duration time) {
    const timeval limit = absl::ToTimeval(time);
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

 private:
  const int fd_;
};

struct Endpoint {
  sockaddr_storage address = {};
  socklen_t size = 0;
};

// Where what listens on that IP address is reached from here; empty for what is no IP address.
std::optional<Endpoint> EndpointOf(const std::string& address, uint16_t port) {
  Endpoint endpoint;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.address);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    if (v4->sin_addr.s_addr == htonl(INADDR_ANY)) v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    endpoint.size = sizeof *v4;
    return endpoint;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.address);
  if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) != 1) return std::nullopt;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  if (IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)) v6->sin6_addr = in6addr_loopback;
  endpoint.size = sizeof *v6;
  return endpoint;
}

// Nothing is verified: the question is not who answers, but whether we do.
bool ReachesCertificate(int fd) {
  ERR_clear_error();
  const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return false;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const Owned<SSL> ssl(SSL_new(context.get()));
  if (ssl == nullptr || SSL_set_fd(ssl.get(), fd) != 1) return false;
  const bool complete = SSL_connect(ssl.get()) == 1;
  ERR_clear_error();
  // With TLS 1.2 a listener that wants a certificate of ours breaks the handshake off.
  return complete || SSL_get0_peer_certificate(ssl.get()) != nullptr;
}

// OpenSSL writes to sockets without MSG_NOSIGNAL.
void BlockSigpipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

}  // namespace

bool AnswersTls(const std::string& address, uint16_t port) {
  const std::optional<Endpoint> endpoint = EndpointOf(address, port);
  if (!endpoint.has_value()) return false;
  Socket socket(endpoint->address.ss_family);
  if (socket.fd() < 0) return false;
  socket.LimitWaits(limits::kMaxTlsProbeTime);
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&endpoint->address), endpoint->size) != 0)
    return false;
  return ReachesCertificate(socket.fd());
}

TlsProbe::~TlsProbe() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TlsProbe::Start(std::string address, uint16_t port) {
  address_ = std::move(address);
  port_ = port;
  thread_ = std::thread([this] { Run(); });
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return latest_.has_value(); });
}

bool TlsProbe::Answers() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!latest_.has_value() || !latest_->answers) return false;
  // One round that came late is no reason to send callers elsewhere.
  const absl::Duration longest = 2 * interval_ + limits::kMaxTlsProbeTime;
  return absl::AbsDuration(clock_() - latest_->at) <= longest;
}

void TlsProbe::Run() {
  BlockSigpipe();
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool answers = AnswersTls(address_, port_);
    const absl::Time now = clock_();
    lock.lock();
    latest_ = Result{answers, now};
    changed_.notify_all();
    changed_.wait_for(lock, absl::ToChronoMilliseconds(interval_), [this] { return stopping_; });
  }
}

}  // namespace chartseal::webhook
