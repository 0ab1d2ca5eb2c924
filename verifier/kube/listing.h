#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/node.h"
#include "verifier/kube/client.h"
#include "verifier/net/clock.h"

namespace chartseal::kube {

struct Listing {
  std::vector<Node> objects;     // with apiVersion and kind, which the items of a list lack
  std::string resource_version;  // where a watch goes on from
};

// How to list one collection. All borrowed during the call.
struct ListRequest {
  Client& client;
  std::string_view path;  // of the collection; may have a query
  int page_size;          // objects asked for at a time
  const net::Clock& clock;
  const std::function<bool()>& stopped;
  bool metadata_only = false;  // as Client::GetMetadataUnless()
};

// Calls `take` with the objects of each page, for collections that are not to be held as a whole. Returns the
// resourceVersion. Errors as ListAll(), and what `take` returns; it then is not called again.
absl::StatusOr<std::string> ListPages(const ListRequest& request,
                                      const std::function<absl::Status(std::vector<Node>)>& take);

// All objects of a collection, page by page (Kubernetes API concepts, "Retrieving large results sets in
// chunks"), as of one resourceVersion. Errors of Client::GetUnless(); InvalidArgument for a list without
// items or version; ResourceExhausted for more than limits::kMaxKubePages pages. OutOfRange when a page
// expired meanwhile: start again.
absl::StatusOr<Listing> ListAll(const ListRequest& request);

// `path` with one more query parameter, "name=value"; the value is encoded already.
std::string WithParameter(std::string_view path, std::string_view parameter);

}  // namespace chartseal::kube
