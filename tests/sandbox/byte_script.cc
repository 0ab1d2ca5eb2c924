#include "tests/sandbox/byte_script.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/time/clock.h"

namespace chartseal::sandbox {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(20);

using NameFunction = int (*)(int, sockaddr*, socklen_t*);

// The port of one end of an IPv4 socket, or -1 for anything else.
int PortOf(int fd, NameFunction name) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (name(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sin_family != AF_INET) return -1;
  return ntohs(address.sin_port);
}

template <typename Visit>
void ForEachDescriptor(Visit visit) {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return;
  while (dirent* entry = readdir(directory)) {
    if (entry->d_name[0] != '.') visit(std::atoi(entry->d_name));
  }
  closedir(directory);
}

// Sends all of `bytes`, waiting for room in slices; false when the peer has left or we were stopped.
bool SendAll(int fd, std::string_view bytes, const std::function<bool()>& stopped) {
  while (!bytes.empty()) {
    if (stopped()) return false;
    pollfd writable{fd, POLLOUT, 0};
    if (poll(&writable, 1, absl::ToInt64Milliseconds(kSlice)) == 0) continue;
    ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      return false;
    }
    bytes.remove_prefix(sent);
  }
  return true;
}

// Waits until the client has closed its side; whatever it still sends is thrown away.
void WaitForPeer(int fd, const std::function<bool()>& stopped) {
  char scratch[4096];
  while (!stopped()) {
    pollfd readable{fd, POLLIN, 0};
    if (poll(&readable, 1, absl::ToInt64Milliseconds(kSlice)) == 0) continue;
    if (recv(fd, scratch, sizeof(scratch), 0) <= 0) return;
  }
}

}  // namespace

void SleepUnlessStopped(absl::Duration duration, const std::function<bool()>& stopped) {
  absl::Time end = absl::Now() + duration;
  for (absl::Time now = absl::Now(); now < end && !stopped(); now = absl::Now()) {
    absl::SleepFor(std::min(kSlice, end - now));
  }
}

void ResetConnection(int fd) {
  // Dissolving the association makes the kernel send RST at once, unlike close(), which sends what is queued
  // first.
  sockaddr unspecified{};
  unspecified.sa_family = AF_UNSPEC;
  connect(fd, &unspecified, sizeof(unspecified));
}

void PlayScript(int fd, const ByteScript& script, const std::function<bool()>& stopped) {
  for (const ByteStep& step : script.steps) {
    for (std::int64_t i = 0; step.repeat < 0 || i < step.repeat; ++i) {
      if (!SendAll(fd, step.bytes, stopped)) return;
      SleepUnlessStopped(step.pause, stopped);
    }
  }
  switch (script.ending) {
    case Ending::kClose:
      shutdown(fd, SHUT_RDWR);
      return;
    case Ending::kReset:
      ResetConnection(fd);
      return;
    case Ending::kHang:
      WaitForPeer(fd, stopped);
      return;
  }
}

int FindConnection(int server_port, int client_port) {
  int found = -1;
  ForEachDescriptor([&](int fd) {
    if (PortOf(fd, getsockname) == server_port && PortOf(fd, getpeername) == client_port) found = fd;
  });
  return found;
}

void ShutDownConnections(int server_port) {
  ForEachDescriptor([&](int fd) {
    if (PortOf(fd, getsockname) == server_port && PortOf(fd, getpeername) > 0) shutdown(fd, SHUT_RDWR);
  });
}

}  // namespace chartseal::sandbox
