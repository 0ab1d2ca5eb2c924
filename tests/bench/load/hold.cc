#include "tests/bench/load/hold.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "tests/bench/load/tls_connection.h"

namespace chartseal::load {
namespace {

constexpr std::string_view kHead = "POST /validate HTTP/1.1\r\nHost: webhook\r\nX-Slow: ";

// Whether standard input has ended, after waiting for `milliseconds` at most.
bool Ended(int milliseconds) {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  char byte = 0;
  return poll(&input, 1, milliseconds) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

}  // namespace

int Hold(int port, int connections, std::string_view manner) {
  const bool slow = manner == "slow";
  if (connections < 1 || connections > kMaxConnections || (!slow && manner != "idle")) return 2;
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit(connections);
  SSL_CTX* context = ClientContext();
  std::vector<std::unique_ptr<TlsConnection>> held;
  for (int i = 0; i < connections; ++i) {
    held.push_back(TlsConnection::Open(context, port));
    if (held.back() == nullptr) return 1;
  }
  std::printf("held %d\n", connections);
  std::fflush(stdout);
  for (size_t sent = 0; !Ended(1000); ++sent) {
    if (!slow) continue;
    const char next = sent < kHead.size() ? kHead[sent] : 'x';
    for (auto& connection : held) {
      // The server cuts off whoever takes too long for a head; such a client comes back at once.
      if (connection != nullptr && connection->SendAll({&next, 1})) continue;
      connection = TlsConnection::Open(context, port);
    }
  }
  held.clear();
  SSL_CTX_free(context);
  return 0;
}

}  // namespace chartseal::load
