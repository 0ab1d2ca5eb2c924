#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/node.h"
#include "verifier/kube/config.h"
#include "verifier/net/clock.h"

// The Kubernetes API as far as this product needs it: JSON objects by path, and watches.
namespace chartseal::kube {

// Thread-safe. Paths are as the API has them: "/api/v1/namespaces/shop/secrets/pull". Errors carry
// Reason::kKubeUnavailable and name method, path and what the server said: NotFound (404), PermissionDenied
// (401, 403), AlreadyExists (409 on POST), Aborted (409 otherwise), OutOfRange (410 Gone), ResourceExhausted
// (429, and answers larger than limits::kMaxKubeListBytes), Unavailable (5xx, and no answer; TLS failures
// too), DeadlineExceeded, InvalidArgument (other statuses, and answers that are no JSON). No message holds a
// token. A 401 is asked again once when the token file has another token by now.
class Client {
 public:
  virtual ~Client() = default;

  virtual absl::StatusOr<Node> Get(std::string_view path, absl::Time deadline) = 0;

  // As Get(), and ends with Cancelled, within a second or so, when `stopped` becomes true.
  virtual absl::StatusOr<Node> GetUnless(std::string_view path, const std::function<bool()>& stopped,
                                         absl::Time deadline) {
    return stopped() ? absl::StatusOr<Node>(absl::CancelledError("stopped")) : Get(path, deadline);
  }

  // As GetUnless() of a collection, where the caller wants metadata alone: servers that can leave the rest
  // of each object out (PartialObjectMetadataList) do, others hand over whole objects.
  virtual absl::StatusOr<Node> GetMetadataUnless(std::string_view path, const std::function<bool()>& stopped,
                                                 absl::Time deadline) {
    return GetUnless(path, stopped, deadline);
  }

  // POST, PUT, PATCH or DELETE; the object of the answer. `content_type` is "application/json" or, for PATCH,
  // "application/merge-patch+json".
  virtual absl::StatusOr<Node> Send(std::string_view method, std::string_view path,
                                    std::string_view content_type, const Node& body, absl::Time deadline) = 0;

  // GET of a watch: calls `on_line` for each line of the answer until it returns an error (which is
  // returned), the server ends the stream (OK), or `stopped` becomes true (Cancelled, within a second or so).
  virtual absl::Status Stream(std::string_view path,
                              const std::function<absl::Status(std::string_view)>& on_line,
                              const std::function<bool()>& stopped, absl::Time deadline) = 0;
};

// The one implementation. InvalidArgument when certificates or keys of the config cannot be used.
absl::StatusOr<std::shared_ptr<Client>> MakeClient(Config config, net::Clock clock = net::SystemClock());

}  // namespace chartseal::kube
