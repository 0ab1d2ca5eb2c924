#pragma once

// Internal to the server: the bytes of one accepted socket, through TLS or plain. OpenSSL reads from and
// writes to the descriptor itself, so that an idle connection holds no buffers.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "webhook/server_tls_internal.h"

struct ssl_st;

namespace chartseal::webhook::internal {

// What became of a step that does not wait.
enum class Io { kDone, kWantRead, kWantWrite, kEnd, kBroken };

// Not thread-safe.
class Stream {
 public:
  // `fd` is borrowed, connected and does not block. `tls` may be null: plain.
  Stream(int fd, std::shared_ptr<const TlsContext> tls);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool tls() const { return ssl_ != nullptr; }
  // One step of the server's side of the handshake; never kEnd.
  Io Handshake();
  // Up to `size` bytes; `count` of them with kDone.
  Io Read(char* to, size_t size, size_t& count);
  // As much of `bytes` as goes; `count` bytes went, also when the result is not kDone.
  Io Write(std::string_view bytes, size_t& count);
  // Whether Read() has something without the socket being readable.
  bool HasPending() const;
  // Tells the peer that nothing follows, as far as that goes without waiting.
  void SayGoodbye();
  // Reads what comes and drops it, undeciphered.
  Io Discard(char* scratch, size_t size, size_t& count);

  // "" when the peer's certificate has one of the allowed names, or nobody asked for one; else why not.
  std::string WhyForbidden() const;

 private:
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };
  Io Failed(int result) const;

  const int fd_;
  const std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
};

}  // namespace chartseal::webhook::internal
