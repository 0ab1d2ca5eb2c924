#pragma once

#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"

namespace chartseal::kube {

// The bearer token to send: a fixed one, or the content of a file that kubelet replaces long before the old
// token expires. Thread-safe.
class TokenSource {
 public:
  // At most one of the two; both empty: no token.
  TokenSource(std::string token, std::string file, net::Clock clock);

  // "" when there is none. The file is read anew when it was read a minute ago; while it cannot be read, the
  // last token goes on being used. Unavailable/kKubeUnavailable when there never was one; no message holds a
  // token.
  absl::StatusOr<std::string> Current();

  // The server turned `refused` away: the token to try instead, or "" when there is no other.
  std::string After(const std::string& refused);

 private:
  absl::Status ReadLocked();

  const std::string file_;
  const net::Clock clock_;
  std::mutex mutex_;
  std::string token_;
  absl::Time read_ = absl::InfinitePast();
};

}  // namespace chartseal::kube
