#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/tls_files.h"
#include "verifier/base/node.h"
#include "verifier/kube/config.h"

namespace chartseal::audit {

// An API server with objects of many kinds, over TLS on loopback: discovery, lists in pages of two with label
// and field selectors, metadata alone, single objects, and writes. Thread-safe.
class FakeCluster {
 public:
  FakeCluster();

  kube::Config config() const;
  // A kubeconfig file's content whose current context, "here", leads here; "away" leads nowhere.
  std::string Kubeconfig() const;

  // The server knows this kind from now on: "apps/v1" (or "v1"), "Deployment", "deployments". The first
  // version of a group is the preferred one.
  void AddKind(const std::string& api_version, const std::string& kind, const std::string& resource,
               bool namespaced = true, bool can_list = true);
  // The kinds that every cluster here has: Pods and workloads, Secrets, ConfigMaps, Namespaces, policies.
  void AddUsualKinds();
  // Adds or replaces an object. `json` has metadata and the rest, without apiVersion and kind.
  void Put(const std::string& resource, const std::string& json);
  // The object as it is stored; null when it is not there.
  Node Get(const std::string& path) const;
  // Requests whose path begins so are answered with this status from now on.
  void Refuse(const std::string& path_prefix, int status);

  // Called when a write was carried out, before it is answered. Before the first request.
  void OnWrite(std::function<void()> told) { on_write_ = std::move(told); }

  // "GET /api/v1/pods?limit=500", in order of arrival.
  std::vector<std::string> requests() const;
  // Requests other than GET.
  std::vector<std::string> writes() const;

 private:
  struct Kind {
    std::string api_version;
    std::string kind;
    std::string resource;
    bool namespaced;
    bool can_list;
  };
  // What a path of the API names.
  struct Place {
    std::string api_version;
    std::string namespace_name;
    std::string resource;
    std::string name;
  };
  static Place Read(const std::string& path);

  sandbox::HttpResponse Answer(const sandbox::HttpRequest& request);
  sandbox::HttpResponse Discover(const std::string& path) const;
  sandbox::HttpResponse List(const Place& place, const sandbox::HttpRequest& request) const;
  sandbox::HttpResponse Write(const Place& place, const sandbox::HttpRequest& request);
  const Kind* Find(const std::string& api_version, const std::string& resource) const;
  void Store(const std::string& path, Node object);

  const std::unique_ptr<sandbox::TlsFiles> tls_ = sandbox::TlsFiles::Create().value();
  mutable std::mutex mutex_;
  std::vector<Kind> kinds_;
  std::map<std::string, Node> objects_;  // by path
  std::map<std::string, int> refused_;
  std::function<void()> on_write_;
  std::uint64_t version_ = 1;
  std::unique_ptr<sandbox::LoopbackServer> server_;  // the last: its threads use the others
};

}  // namespace chartseal::audit
