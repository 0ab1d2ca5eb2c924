#pragma once

#include <functional>

#include "tests/sandbox/http_message.h"

namespace chartseal::sandbox {

// Plays `script` on the connected TCP socket `fd` and performs its ending. Returns early when the peer leaves
// or `stopped` says so (asked at least every 20 ms). Does not close `fd`; after Ending::kReset it is
// disconnected.
void PlayScript(int fd, const ByteScript& script, const std::function<bool()>& stopped);

// Aborts the connection: the peer sees RST.
void ResetConnection(int fd);

// The descriptor in this process of the server side of the connection between 127.0.0.1:server_port and
// 127.0.0.1:client_port; -1 when there is none. Lets a scripted fault reach below the HTTP library.
int FindConnection(int server_port, int client_port);

// Shuts down every connection of this process whose own port is `server_port`, so that idle keep-alive
// connections do not delay the stopping of a server.
void ShutDownConnections(int server_port);

// Sleeps for `duration` unless `stopped` becomes true.
void SleepUnlessStopped(absl::Duration duration, const std::function<bool()>& stopped);

}  // namespace chartseal::sandbox
