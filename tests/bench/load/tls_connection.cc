#include "tests/bench/load/tls_connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace chartseal::load {

std::unique_ptr<TlsConnection> TlsConnection::Open(SSL_CTX* context, int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 || connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("webhook_load: connect");
    if (socket >= 0) close(socket);
    return nullptr;
  }
  const int one = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  SSL* ssl = SSL_new(context);
  std::unique_ptr<TlsConnection> connection(new TlsConnection(socket, ssl));
  SSL_set_fd(ssl, socket);
  if (SSL_connect(ssl) != 1) {
    std::fprintf(stderr, "webhook_load: TLS handshake failed\n");
    return nullptr;
  }
  return connection;
}

TlsConnection::~TlsConnection() {
  SSL_free(ssl_);
  close(socket_);
}

void TlsConnection::MakeNonBlocking() { fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK); }

bool TlsConnection::SendAll(std::string_view bytes) {
  return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
}

SSL_CTX* ClientContext() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) std::abort();
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

void RaiseDescriptorLimit(int count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t wanted = static_cast<rlim_t>(count) + 64;
  if (limit.rlim_cur < wanted) limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace chartseal::load
