#include "tests/webhook/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // as Go's clients do
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

SSL_CTX* MakeContext(TestClient::Tls tls) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  const unsigned char protocols[] = "\x02h2\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1);
  if (tls == TestClient::Tls::kOnly12) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  if (tls != TestClient::Tls::kOnly11) return context;
  // At the default security level OpenSSL 3 would not even offer TLS 1.1.
  SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  return context;
}

void Show(SSL_CTX* context, const TlsPair& pair) {
  BIO* certificate_bio = BIO_new_mem_buf(pair.certificate.data(), static_cast<int>(pair.certificate.size()));
  BIO* key_bio = BIO_new_mem_buf(pair.key.data(), static_cast<int>(pair.key.size()));
  X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  X509_free(certificate);
  BIO_free(key_bio);
  BIO_free(certificate_bio);
}

}  // namespace

struct TestClient::Connection {
  int fd = -1;
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;

  ~Connection() {
    SSL_free(ssl);
    SSL_CTX_free(context);
    if (fd >= 0) close(fd);
  }
};

std::string ClientReply::Header(std::string_view name) const {
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const auto colon = line.find(':');
    if (colon == absl::string_view::npos) continue;
    if (absl::EqualsIgnoreCase(line.substr(0, colon), ToAbsl(name))) {
      return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
  }
  return "";
}

TestClient::TestClient(uint16_t port, Tls tls) : connection_(std::make_unique<Connection>()) {
  Open(port, tls, nullptr);
}

TestClient::TestClient(uint16_t port, const TlsPair& shown, Tls tls)
    : connection_(std::make_unique<Connection>()) {
  Open(port, tls, &shown);
}

void TestClient::Open(uint16_t port, Tls tls, const TlsPair* shown) {
  std::signal(SIGPIPE, SIG_IGN);
  connection_->fd = Connect(port);
  connected_ = connection_->fd >= 0;
  if (!connected_ || tls == Tls::kNo) return;
  connection_->context = MakeContext(tls);
  if (shown != nullptr) Show(connection_->context, *shown);
  connection_->ssl = SSL_new(connection_->context);
  SSL_set_fd(connection_->ssl, connection_->fd);
  connected_ = SSL_connect(connection_->ssl) == 1;
}

TestClient::~TestClient() = default;

std::string TestClient::tls_version() const { return SSL_get_version(connection_->ssl); }

std::string TestClient::alpn() const {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(connection_->ssl, &chosen, &size);
  return std::string(reinterpret_cast<const char*>(chosen), size);
}

std::string TestClient::server_certificate() const {
  X509* certificate = connection_->ssl == nullptr ? nullptr : SSL_get0_peer_certificate(connection_->ssl);
  if (certificate == nullptr) return "";
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

bool TestClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = connection_->ssl != nullptr
                              ? SSL_write(connection_->ssl, bytes.data(), static_cast<int>(bytes.size()))
                              : write(connection_->fd, bytes.data(), bytes.size());
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool TestClient::ReadSome(absl::Time deadline) {
  const bool pending = connection_->ssl != nullptr && SSL_pending(connection_->ssl) > 0;
  pollfd ready = {.fd = connection_->fd, .events = POLLIN, .revents = 0};
  const auto patience = static_cast<int>(absl::ToInt64Milliseconds(deadline - absl::Now()));
  if (!pending && (patience <= 0 || poll(&ready, 1, patience) != 1)) return false;
  char bytes[16 << 10];
  const ssize_t count = connection_->ssl != nullptr ? SSL_read(connection_->ssl, bytes, sizeof bytes)
                                                    : read(connection_->fd, bytes, sizeof bytes);
  ended_ = count <= 0;
  if (ended_) return false;
  buffer_.append(bytes, static_cast<size_t>(count));
  return true;
}

ClientReply TestClient::Receive(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  ClientReply reply;
  size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadSome(deadline)) return reply;
  }
  reply.head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  uint32_t size = 0;
  const std::string length = reply.Header("Content-Length");
  if (!length.empty() && !absl::SimpleAtoi(length, &size)) return reply;
  while (buffer_.size() < size) {
    if (!ReadSome(deadline)) return reply;
  }
  reply.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  if (!absl::SimpleAtoi(reply.head.substr(9, 3), &reply.status)) reply.status = 0;
  return reply;
}

bool TestClient::ClosedByServer(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (!ended_ && ReadSome(deadline)) {
  }
  return ended_;
}

ClientReply TestClient::Post(std::string_view target, std::string_view body) {
  Send(PostText(target, body));
  return Receive();
}

ClientReply TestClient::Get(std::string_view target) {
  Send(Cat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  return Receive();
}

std::string PostText(std::string_view target, std::string_view body) {
  return Cat("POST ", target,
             " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ",
             body.size(), "\r\n\r\n", body);
}

}  // namespace chartseal::webhook
