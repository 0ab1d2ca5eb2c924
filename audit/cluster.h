#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "audit/result.h"
#include "verifier/base/node.h"
#include "verifier/kube/client.h"
#include "verifier/net/clock.h"
#include "verifier/workload/kind.h"

// The cluster as an audit reads it.
namespace chartseal::audit {

// Whose answers are read, and how much. Borrowed for the audit.
struct Cluster {
  kube::Client& client;
  const net::Clock& clock;
  std::string_view namespace_name;  // empty: all, and objects of the whole cluster
};

// One kind of object that the API server knows.
struct Collection {
  workload::GroupVersionKind kind;
  std::string resource;  // "deployments"
  bool namespaced = true;

  // "/apis/apps/v1/namespaces/shop/deployments"; without a namespace, of the whole cluster.
  std::string Path(std::string_view namespace_name = "") const;
  // "apps/v1 deployments", for messages.
  std::string ToString() const;
};

// Reads a collection page by page, as far as the cluster's namespace goes. Errors as kube::ListPages().
struct Reading {
  std::string_view query = "";  // "labelSelector=owner%3Dhelm"
  bool metadata_only = false;
};
absl::Status ReadCollection(const Cluster& cluster, const Collection& collection, const Reading& reading,
                            const std::function<absl::Status(const Node&)>& take);

// Name, namespace and UID of an object of that collection.
ObjectName NameOf(const Node& object, const Collection& collection);

}  // namespace chartseal::audit
