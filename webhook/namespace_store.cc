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

// Null when they cannot be kept as a whole: half of them would make selectors miss.
std::shared_ptr<const policy::Labels> LabelsOf(const Node& object) {
  auto labels = std::make_shared<policy::Labels>();
  const Node* found = object.FindPath({"metadata", "labels"});
  if (found == nullptr || found->is_null()) return labels;
  if (!found->is_map() || found->map().size() > limits::kMaxLabels) return nullptr;
  for (const auto& [key, value] : found->map()) {
    if (!value.is_string()) return nullptr;
    labels->emplace(key, value.string_value());
  }
  return labels;
}

}  // namespace

std::shared_ptr<const policy::Labels> NamespaceStore::Of(std::string_view namespace_name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = namespaces_.find(namespace_name);
  return found == namespaces_.end() ? nullptr : found->second;
}

void NamespaceStore::Put(const Node& object, ByName& namespaces) {
  const std::string name(NameOf(object));
  std::shared_ptr<const policy::Labels> labels = LabelsOf(object);
  const bool has_room = namespaces.size() < limits::kMaxNamespaces || namespaces.count(name) > 0;
  if (name.empty() || labels == nullptr || !has_room) {
    namespaces.erase(name);  // what was known before is not true any more
    return;
  }
  namespaces.insert_or_assign(name, std::move(labels));
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
