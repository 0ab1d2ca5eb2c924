#include "webhook/namespace_store.h"

#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

std::string_view NameOf(const Node& object) {
  const Node* metadata = object.Find("metadata");
  return metadata == nullptr ? std::string_view() : metadata->StringOr("name");
}

}  // namespace

std::shared_ptr<const policy::Labels> NamespaceStore::Of(std::string_view namespace_name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = namespaces_.find(namespace_name);
  return found == namespaces_.end() ? nullptr : found->second;
}

void NamespaceStore::Put(const Node& object, ByName& namespaces) {
  const std::string name(NameOf(object));
  auto labels = policy::LabelsOf(object);
  const bool has_room = namespaces.size() < limits::kMaxNamespaces || namespaces.count(name) > 0;
  if (name.empty() || !labels || !has_room) {
    namespaces.erase(name);  // what was known before is not true any more
    return;
  }
  namespaces.insert_or_assign(name, std::make_shared<const policy::Labels>(*std::move(labels)));
}

void NamespaceStore::Replace(std::vector<Node> objects) {
  ByName namespaces;
  for (const Node& object : objects) Put(object, namespaces);
  const std::lock_guard<std::mutex> lock(mutex_);
  namespaces_.swap(namespaces);
  failing_ = false;
}

void NamespaceStore::Upsert(Node object) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Put(object, namespaces_);
  failing_ = false;
}

void NamespaceStore::Remove(const Node& object) {
  const std::lock_guard<std::mutex> lock(mutex_);
  namespaces_.erase(std::string(NameOf(object)));
  failing_ = false;
}

void NamespaceStore::Failed(const absl::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (std::exchange(failing_, true)) return;
  log::Warning("namespaces cannot be watched; their labels stay as they were seen last",
               {{"error", Message(status)}});
}

size_t NamespaceStore::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return namespaces_.size();
}

}  // namespace chartseal::webhook
