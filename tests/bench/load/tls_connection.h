#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string_view>

namespace chartseal::load {

inline constexpr int kMaxConnections = 4096;  // a mistyped argument must not exhaust the machine

// One TLS connection to a port on loopback; blocking until Begin() of the event loop makes it non-blocking.
// The certificate is not looked at: the server is our own.
class TlsConnection {
 public:
  // Null when it cannot be opened; says why on standard error.
  static std::unique_ptr<TlsConnection> Open(SSL_CTX* context, int port);
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  void MakeNonBlocking();
  int socket() const { return socket_; }
  SSL* ssl() const { return ssl_; }
  // Blocking; false when the peer is gone.
  bool SendAll(std::string_view bytes);

 private:
  TlsConnection(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}
  int socket_;
  SSL* ssl_;
};

// A client context; never null.
SSL_CTX* ClientContext();
// Lets the process open `count` sockets and some more.
void RaiseDescriptorLimit(int count);

}  // namespace chartseal::load
