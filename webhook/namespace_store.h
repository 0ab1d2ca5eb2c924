#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/base/node.h"
#include "verifier/kube/watcher.h"
#include "webhook/namespace_labels.h"

namespace chartseal::webhook {

// The labels of all namespaces, from a watch. Of a namespace whose labels cannot be kept (beyond
// limits::kMaxNamespaces or kMaxLabels, or malformed) nothing is known: selectors then match, which leaves no
// policy out. Thread-safe; Of() holds a lock for one lookup.
class NamespaceStore : public NamespaceLabels, public kube::ObjectHandler {
 public:
  static kube::WatchOptions Watch() { return {.path = "/api/v1/namespaces"}; }

  std::shared_ptr<const policy::Labels> Of(std::string_view namespace_name) const override;

  void Replace(std::vector<Node> objects) override;
  void Upsert(Node object) override;
  void Remove(const Node& object) override;
  void Failed(const absl::Status& status) override;

  size_t size() const;

 private:
  using ByName = std::map<std::string, std::shared_ptr<const policy::Labels>, std::less<>>;
  static void Put(const Node& object, ByName& namespaces);

  mutable std::mutex mutex_;  // guards what follows
  ByName namespaces_;
  bool failing_ = false;  // the log has said it
};

}  // namespace chartseal::webhook
