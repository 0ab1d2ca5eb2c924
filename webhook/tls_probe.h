#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "verifier/net/clock.h"

namespace chartseal::webhook {

// Whether a TLS listener on this machine answers: connects to it and goes as far into a handshake as its
// certificate and the proof of its key (a listener that asks for client certificates refuses us only after
// that). "0.0.0.0" and "::" stand for loopback. Each wait of it ends after limits::kMaxTlsProbeTime. The
// calling thread must not die of SIGPIPE.
bool AnswersTls(const std::string& address, uint16_t port);

// Asks our own listener that question again and again, from a thread of its own, and remembers the answer: a
// readiness probe then costs nothing, however many there are. Thread-safe.
class TlsProbe {
 public:
  explicit TlsProbe(net::Clock clock, absl::Duration interval = limits::kTlsProbeInterval)
      : clock_(std::move(clock)), interval_(interval) {}
  ~TlsProbe();
  TlsProbe(const TlsProbe&) = delete;
  TlsProbe& operator=(const TlsProbe&) = delete;

  // Asks from now on, and waits for the first answer. Call once.
  void Start(std::string address, uint16_t port);

  // The latest answer. False before the first one, and when it is too old to be believed: then the thread
  // hangs in a handshake that makes no progress.
  bool Answers() const;

 private:
  struct Result {
    bool answers = false;
    absl::Time at;
  };
  void Run();

  const net::Clock clock_;
  const absl::Duration interval_;
  std::string address_;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards latest_ and stopping_
  std::condition_variable changed_;
  std::optional<Result> latest_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace chartseal::webhook
