#include "tests/sandbox/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/sandbox/byte_script.h"

namespace chartseal::sandbox {
namespace {

constexpr int kPollMilliseconds = 20;
constexpr std::size_t kMaxHeadBytes = 1 << 20;

bool Readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, kPollMilliseconds) > 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RawServer>> RawServer::Start(Respond respond) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, raw, size) != 0 || listen(fd, 128) != 0 || getsockname(fd, raw, &size) != 0) {
    if (fd >= 0) close(fd);
    return absl::UnavailableError("cannot listen on 127.0.0.1");
  }
  return std::unique_ptr<RawServer>(new RawServer(fd, ntohs(address.sin_port), std::move(respond)));
}

absl::StatusOr<std::unique_ptr<RawServer>> RawServer::Start(std::vector<ByteScript> scripts) {
  if (scripts.empty()) return absl::InvalidArgumentError("a raw server needs at least one script");
  return Start([scripts = std::move(scripts)](int connection, const std::string&) {
    return scripts[std::min<std::size_t>(connection, scripts.size() - 1)];
  });
}

RawServer::RawServer(int listening_fd, std::uint16_t port, Respond respond)
    : listening_fd_(listening_fd),
      port_(port),
      respond_(std::move(respond)),
      acceptor_([this] { AcceptLoop(); }) {}

RawServer::~RawServer() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& worker : workers_) worker.join();
  close(listening_fd_);
}

void RawServer::AcceptLoop() {
  while (!stopping_) {
    if (!Readable(listening_fd_)) continue;
    int fd = accept4(listening_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    workers_.emplace_back([this, fd, connection = connections_++] { Serve(fd, connection); });
  }
}

void RawServer::Serve(int fd, int connection) {
  std::string head;
  char buffer[4096];
  while (!stopping_ && head.find("\r\n\r\n") == std::string::npos && head.size() < kMaxHeadBytes) {
    if (!Readable(fd)) continue;
    ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
    if (got <= 0) break;
    head.append(buffer, got);
  }
  std::size_t end = head.find("\r\n\r\n");
  if (end != std::string::npos) {
    head.resize(end + 4);
    {
      std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    PlayScript(fd, respond_(connection, head), [this] { return stopping_.load(); });
  }
  close(fd);
}

std::string RawServer::host() const { return absl::StrCat("127.0.0.1:", port_); }
std::string RawServer::url() const { return absl::StrCat("http://", host()); }

std::vector<std::string> RawServer::Heads() const {
  std::lock_guard lock(mutex_);
  return heads_;
}

}  // namespace chartseal::sandbox
