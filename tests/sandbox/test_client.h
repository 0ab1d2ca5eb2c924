#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

// For tests of the sandbox's servers: a client without any HTTP library, to see exactly what is on the wire.
namespace chartseal::sandbox {

// What RawExchange returns when the connection was reset before a byte arrived.
inline constexpr const char* kConnectionReset = "(connection reset)";

// Sends one GET to `host` ("127.0.0.1:PORT") and returns everything received until the connection ends.
// `more_headers` are complete lines with CRLF. After a reset the bytes so far are followed by
// kConnectionReset.
inline std::string RawExchange(const std::string& host, const std::string& path,
                               const std::string& more_headers = "") {
  std::size_t colon = host.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(host.c_str() + colon + 1)));
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return "(cannot connect)";
  }
  std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + more_headers + "\r\n";
  send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  std::string received;
  char buffer[4096];
  ssize_t got;
  while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0) received.append(buffer, got);
  if (got < 0 && errno == ECONNRESET) received += kConnectionReset;
  close(fd);
  return received;
}

}  // namespace chartseal::sandbox
