#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "verifier/base/node.h"
#include "verifier/kube/client.h"
#include "verifier/net/clock.h"

namespace chartseal::kube {

// Is told of every object of one resource. Calls come from the watcher's thread, one at a time, and are to be
// short.
class ObjectHandler {
 public:
  virtual ~ObjectHandler() = default;
  // All objects there are: after the first list, and after each list again.
  virtual void Replace(std::vector<Node> objects) = 0;
  virtual void Upsert(Node object) = 0;
  // The last state that was seen.
  virtual void Remove(const Node& object) = 0;
  // The API server could not be asked; it is tried again. For logs and metrics.
  virtual void Failed(const absl::Status& status) { (void)status; }
};

struct WatchOptions {
  std::string path;  // of the collection: "/apis/chartseal.dev/v1alpha1/verificationpolicies"
  // The resource may be missing (a CRD that is not installed): 404 then means "no objects" and is asked again
  // now and then, and synced() becomes true.
  bool optional = false;
  // Uniform in [0, 1), to spread what several replicas ask; empty for a random generator.
  std::function<double()> jitter;
};

// Lists in pages, then watches from there, with bookmarks; goes on at the last resourceVersion after each end
// of the stream, lists again after 410 Gone and after limits::kKubeWatchSilence without a line, and tries
// again with growing pauses while the API server is away (limits::kKubeMaxBackoff). What was there is kept
// meanwhile: an outage removes nothing. Objects have apiVersion and kind, those of a list too. An event that
// cannot be read is answered by listing again, and one that is older than what was handed over is passed
// over.
class Watcher {
 public:
  // Starts a thread. `handler` is borrowed and must outlive the watcher.
  static std::unique_ptr<Watcher> Start(std::shared_ptr<Client> client, WatchOptions options,
                                        ObjectHandler& handler, net::Clock clock = net::SystemClock(),
                                        net::Sleeper sleeper = net::SystemSleeper());
  // Stops within a second or so.
  virtual ~Watcher() = default;
  // Whether the first list has been handed over.
  virtual bool synced() const = 0;
};

}  // namespace chartseal::kube
