#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

#include "webhook/server_stream_internal.h"

namespace chartseal::webhook::internal {
namespace {

Io FailedSocket(Io wanted) {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return wanted;
  return Io::kBroken;
}

Io Received(ssize_t result, size_t& count) {
  count = result > 0 ? static_cast<size_t>(result) : 0;
  if (result > 0) return Io::kDone;
  return result == 0 ? Io::kEnd : FailedSocket(Io::kWantRead);
}

}  // namespace

void Stream::FreeSsl::operator()(ssl_st* ssl) const { SSL_free(ssl); }

Stream::Stream(int fd, std::shared_ptr<const TlsContext> tls) : fd_(fd), context_(std::move(tls)) {
  if (context_ == nullptr) return;
  ssl_.reset(SSL_new(context_->native()));
  if (ssl_ == nullptr) throw std::bad_alloc();
  SSL_set_fd(ssl_.get(), fd_);
  SSL_set_accept_state(ssl_.get());
}

Stream::~Stream() = default;

Io Stream::Failed(int result) const {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Io::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Io::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Io::kEnd;
    default:
      return Io::kBroken;
  }
}

Io Stream::Handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Io::kDone : Failed(result);
}

Io Stream::Read(char* to, size_t size, size_t& count) {
  count = 0;
  if (ssl_ == nullptr) return Received(recv(fd_, to, size, 0), count);
  ERR_clear_error();
  const int result = SSL_read_ex(ssl_.get(), to, size, &count);
  return result == 1 ? Io::kDone : Failed(result);
}

Io Stream::Write(std::string_view bytes, size_t& count) {
  count = 0;
  ERR_clear_error();
  while (count < bytes.size()) {
    const std::string_view rest = bytes.substr(count);
    if (ssl_ == nullptr) {
      const ssize_t sent = send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0) return FailedSocket(Io::kWantWrite);
      count += static_cast<size_t>(sent);
      continue;
    }
    size_t sent = 0;
    const int result = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &sent);
    if (result != 1) return Failed(result);
    count += sent;
  }
  return Io::kDone;
}

bool Stream::HasPending() const { return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1; }

void Stream::SayGoodbye() {
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  shutdown(fd_, SHUT_WR);
}

Io Stream::Discard(char* scratch, size_t size, size_t& count) {
  return Received(recv(fd_, scratch, size, 0), count);
}

std::string Stream::WhyForbidden() const {
  if (ssl_ == nullptr) return "";
  return context_->WhyForbidden(SSL_get0_peer_certificate(ssl_.get()));
}

}  // namespace chartseal::webhook::internal
