#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "tests/webhook/tls_pairs.h"

// A blocking HTTP client that lets tests misbehave. Straight on sockets and OpenSSL, so that nothing of the
// server is used to test it.
namespace chartseal::webhook {

struct ClientReply {
  int status = 0;  // 0: no reply came
  std::string head;
  std::string body;
  // Case-insensitive; "" when absent.
  std::string Header(std::string_view name) const;
};

class TestClient {
 public:
  enum class Tls { kNo, kYes, kOnly11, kOnly12 };

  // Connects to loopback; with TLS the handshake is done as well. connected() says whether it worked.
  explicit TestClient(uint16_t port, Tls tls = Tls::kYes);
  // Shows a certificate. With TLS 1.3 the server's judgement of it comes after the client's part of the
  // handshake, so connected() does not tell it.
  TestClient(uint16_t port, const TlsPair& shown, Tls tls = Tls::kYes);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return connected_; }
  // "TLSv1.3"; the protocol that ALPN chose, "" for none.
  std::string tls_version() const;
  std::string alpn() const;
  // The leaf that the server showed, in PEM; "" without TLS.
  std::string server_certificate() const;

  // False once the peer is gone.
  bool Send(std::string_view bytes);
  // Reads one reply with a Content-Length; gives up after `patience`.
  ClientReply Receive(absl::Duration patience = absl::Seconds(20));
  // Whether the server closes the connection within `patience`, whatever it sends before.
  bool ClosedByServer(absl::Duration patience);

  // POST `body` as JSON and the reply.
  ClientReply Post(std::string_view target, std::string_view body);
  ClientReply Get(std::string_view target);

 private:
  struct Connection;
  void Open(uint16_t port, Tls tls, const TlsPair* shown);
  // Appends what came to buffer_; false on end, error or after `deadline`.
  bool ReadSome(absl::Time deadline);

  std::unique_ptr<Connection> connection_;
  bool connected_ = false;
  bool ended_ = false;  // nothing more comes
  std::string buffer_;
};

// The text of a POST with a JSON body.
std::string PostText(std::string_view target, std::string_view body);

}  // namespace chartseal::webhook
