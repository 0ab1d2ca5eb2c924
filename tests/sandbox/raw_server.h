#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/sandbox/http_message.h"

namespace chartseal::sandbox {

// A TCP server on 127.0.0.1 that reads a request head from each connection and then plays a script of raw
// bytes, for everything that an HTTP library would not send. Bodies of requests are not waited for.
class RawServer {
 public:
  // `connection` counts from 0; `head` is what arrived up to and including the empty line.
  using Respond = std::function<ByteScript(int connection, const std::string& head)>;

  static absl::StatusOr<std::unique_ptr<RawServer>> Start(Respond respond);
  // The n-th connection gets the n-th script, later ones the last.
  static absl::StatusOr<std::unique_ptr<RawServer>> Start(std::vector<ByteScript> scripts);

  ~RawServer();  // interrupts the scripts and joins
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string host() const;  // "127.0.0.1:PORT"
  std::string url() const;   // "http://127.0.0.1:PORT"

  // The request heads so far, in the order in which they were complete.
  std::vector<std::string> Heads() const;
  int connections() const { return connections_; }

 private:
  RawServer(int listening_fd, std::uint16_t port, Respond respond);
  void AcceptLoop();
  void Serve(int fd, int connection);

  const int listening_fd_;
  const std::uint16_t port_;
  const Respond respond_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::vector<std::thread> workers_;  // touched by the accepting thread, then by the destructor
  std::thread acceptor_;
};

}  // namespace chartseal::sandbox
