#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/sandbox/fault.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/request_log.h"

namespace chartseal::sandbox {

struct LoopbackServerOptions {
  std::uint16_t port = 0;        // 0: any free one
  std::string certificate_file;  // PEM; with key_file: HTTPS
  std::string key_file;
  std::size_t threads = 64;                       // one per open connection: more connections than this wait
  absl::Duration latency = absl::ZeroDuration();  // spent on every request
};

// An HTTP/1.1 server on 127.0.0.1 that records what it is asked and misbehaves as told. Each request goes:
// log, latency, matching fault, handler, fault's rewrite, delivery.
class LoopbackServer {
 public:
  // Called from many threads at once.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Listens before it returns. The handler may be called until the server is destroyed.
  static absl::StatusOr<std::unique_ptr<LoopbackServer>> Start(LoopbackServerOptions options,
                                                               Handler handler);

  // Stops: open connections are shut down and all handlers have returned.
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::uint16_t port() const;
  std::string host() const;  // "127.0.0.1:PORT"
  std::string url() const;   // "http://127.0.0.1:PORT", or https

  RequestLog& log();
  FaultPlan& faults();

 private:
  class Impl;
  explicit LoopbackServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace chartseal::sandbox
