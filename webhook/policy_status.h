#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "verifier/base/node.h"
#include "verifier/kube/backoff.h"
#include "verifier/kube/client.h"
#include "verifier/net/clock.h"

namespace chartseal::webhook {

// A condition of an object's status (Kubernetes' meta/v1 Condition).
struct Condition {
  std::string type = "Ready";
  bool holds = false;
  std::string reason;   // CamelCase
  std::string message;  // cut to limits::kMaxConditionBytes
};

// Writes conditions into the status of objects, on a thread of its own and at its own pace
// (limits::kStatusWritePause): an API server that is slow or away delays nothing else.
//
// Replicas do not fight. What stands there already is not written; a write names the version that it was made
// from, so that of several replicas one succeeds and the others see its result in their watch; and whoever
// has said the same of this generation before does not say it again when somebody else says otherwise.
//
// Thread-safe.
class StatusWriter {
 public:
  explicit StatusWriter(std::shared_ptr<kube::Client> client, net::Clock clock = net::SystemClock(),
                        absl::Duration pause = limits::kStatusWritePause);
  ~StatusWriter();
  StatusWriter(const StatusWriter&) = delete;
  StatusWriter& operator=(const StatusWriter&) = delete;

  // `object` is as it was read, with metadata and status; `collection` is the path that it is listed under.
  // Replaces a write that waits. Other types of condition stay as they are.
  void Want(std::string_view collection, const Node& object, const Condition& condition);
  // The object is gone.
  void Forget(std::string_view collection, std::string_view name);

  // How many objects' writes wait, or are under way.
  size_t waiting() const;

 private:
  struct Write {
    Node body;
    std::string said;  // what it says of which generation; without the version and the time
  };

  void Run();
  absl::Status Send(const std::string& path, const Node& body);
  // What to do after an attempt, with mutex_ held; the pause until the next.
  absl::Duration Settle(const std::string& path, const Write& write, const absl::Status& status);

  const std::shared_ptr<kube::Client> client_;
  const net::Clock clock_;
  const absl::Duration pause_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<std::string, Write, std::less<>> pending_;     // by path of the status
  std::map<std::string, std::string, std::less<>> said_;  // the last write that succeeded
  bool failing_ = false;
  bool stopping_ = false;
  kube::Backoff backoff_;
  std::thread thread_;
};

}  // namespace chartseal::webhook
