#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "tests/base/why.h"
#include "verifier/kube/watcher.h"

namespace chartseal::kube {

// What a watcher told, as one line each: "replace a@1 b@2", "upsert a@3", "remove b", "failed REASON: TEXT".
// Thread-safe.
class RecordedHandler : public ObjectHandler {
 public:
  void Replace(std::vector<Node> objects) override {
    std::string line = "replace";
    for (const Node& object : objects) line += " " + Describe(object);
    Add(line);
    const std::lock_guard lock(mutex_);
    last_list_ = std::move(objects);
  }
  void Upsert(Node object) override { Add("upsert " + Describe(object)); }
  void Remove(const Node& object) override { Add("remove " + Describe(object)); }
  void Failed(const absl::Status& status) override { Add("failed " + Why(status)); }

  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::vector<Node> last_list() const {
    const std::lock_guard lock(mutex_);
    return last_list_;
  }

 private:
  static std::string Describe(const Node& object) {
    const Node* metadata = object.Find("metadata");
    if (metadata == nullptr) return "?";
    return Cat(metadata->StringOr("name"), "@", metadata->StringOr("resourceVersion"));
  }
  void Add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<Node> last_list_;
};

}  // namespace chartseal::kube
