#include "webhook/policy_status.h"
#include "verifier/base/encoding.h"

#include <utility>

#include "absl/time/clock.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kMergePatch = "application/merge-patch+json";

std::string StatusPath(std::string_view collection, std::string_view name) {
  return Cat(collection, "/", name, "/status");
}

std::string_view TextAt(const Node& object, std::initializer_list<std::string_view> path) {
  const Node* node = object.FindPath(path);
  return node != nullptr && node->is_string() ? std::string_view(node->string_value()) : std::string_view();
}

int64_t GenerationOf(const Node& object) {
  const Node* generation = object.FindPath({"metadata", "generation"});
  return generation != nullptr && generation->kind() == Node::Kind::kInteger ? generation->integer_value()
                                                                             : 0;
}

const Node::List& ConditionsOf(const Node& object) {
  static const Node::List kNone;
  const Node* conditions = object.FindPath({"status", "conditions"});
  return conditions != nullptr && conditions->is_list() ? conditions->list() : kNone;
}

const Node* FindCondition(const Node& object, std::string_view type) {
  for (const Node& condition : ConditionsOf(object)) {
    if (condition.StringOr("type") == type) return &condition;
  }
  return nullptr;
}

// Everything but lastTransitionTime.
Node Wanted(const Condition& condition, int64_t generation) {
  Node node = Node::MakeMap();
  node.Set("type", condition.type).Set("status", condition.holds ? "True" : "False");
  node.Set("reason", condition.reason)
      .Set("message", Printable(condition.message, limits::kMaxConditionBytes));
  node.Set("observedGeneration", Node::Integer(generation));
  return node;
}

bool SameInteger(const Node* left, int64_t right) {
  return left != nullptr && left->kind() == Node::Kind::kInteger && left->integer_value() == right;
}

bool Says(const Node& object, const Node& wanted, int64_t generation) {
  const Node* found = FindCondition(object, wanted.StringOr("type"));
  if (found == nullptr) return false;
  for (const std::string_view field : {"status", "reason", "message"}) {
    if (found->StringOr(field) != wanted.StringOr(field)) return false;
  }
  return SameInteger(found->Find("observedGeneration"), generation) &&
         SameInteger(object.FindPath({"status", "observedGeneration"}), generation);
}

// The time at which `status` became what it is going to be.
std::string TransitionTime(const Node* before, std::string_view status, absl::Time now) {
  if (before != nullptr && before->StringOr("status") == status) {
    if (const std::string_view time = before->StringOr("lastTransitionTime"); !time.empty()) {
      return std::string(time);
    }
  }
  return Rfc3339(now);
}

// A merge patch replaces lists as a whole: conditions of other types are repeated. The version makes the API
// server refuse it when somebody else wrote meanwhile.
Node MakePatch(const Node& object, Node wanted, int64_t generation, absl::Time now) {
  const std::string type(wanted.StringOr("type"));
  wanted.Set("lastTransitionTime",
             TransitionTime(FindCondition(object, type), wanted.StringOr("status"), now));
  Node conditions = Node::MakeList();
  for (const Node& other : ConditionsOf(object)) {
    if (other.StringOr("type") != type) conditions.Append(other);
  }
  conditions.Append(std::move(wanted));
  Node status = Node::MakeMap();
  status.Set("conditions", std::move(conditions)).Set("observedGeneration", Node::Integer(generation));
  Node metadata = Node::MakeMap();
  metadata.Set("resourceVersion", TextAt(object, {"metadata", "resourceVersion"}));
  Node patch = Node::MakeMap();
  patch.Set("metadata", std::move(metadata)).Set("status", std::move(status));
  return patch;
}

}  // namespace

StatusWriter::StatusWriter(std::shared_ptr<kube::Client> client, net::Clock clock, absl::Duration pause)
    : client_(std::move(client)), clock_(std::move(clock)), pause_(pause), backoff_({}) {
  thread_ = std::thread([this] { Run(); });
}

StatusWriter::~StatusWriter() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void StatusWriter::Want(std::string_view collection, const Node& object, const Condition& condition) {
  const std::string path = StatusPath(collection, TextAt(object, {"metadata", "name"}));
  const int64_t generation = GenerationOf(object);
  Node wanted = Wanted(condition, generation);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Says(object, wanted, generation)) {
    pending_.erase(path);
    return;
  }
  std::string said = Cat(TextAt(object, {"metadata", "uid"}), " ", WriteJson(wanted));
  if (const auto before = said_.find(path); before != said_.end() && before->second == said) {
    pending_.erase(path);
    return;
  }
  if (pending_.size() >= limits::kMaxStatusWrites && pending_.count(path) == 0) return;
  pending_.insert_or_assign(
      path, Write{MakePatch(object, std::move(wanted), generation, clock_()), std::move(said)});
  wake_.notify_all();
}

void StatusWriter::Forget(std::string_view collection, std::string_view name) {
  const std::string path = StatusPath(collection, name);
  const std::lock_guard<std::mutex> lock(mutex_);
  pending_.erase(path);
  said_.erase(path);
}

size_t StatusWriter::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return pending_.size();
}

absl::Status StatusWriter::Send(const std::string& path, const Node& body) {
  return client_->Send("PATCH", path, kMergePatch, body, clock_() + limits::kKubeRequestTime).status();
}

absl::Duration StatusWriter::Settle(const std::string& path, const Write& write, const absl::Status& status) {
  const auto pending = pending_.find(path);
  const bool same = pending != pending_.end() && WriteJson(pending->second.body) == WriteJson(write.body);
  // Conflict: whoever came first is in our watch already, or soon. Gone or refused: no use in trying again.
  const bool settled =
      status.ok() || absl::IsAborted(status) || absl::IsNotFound(status) || absl::IsInvalidArgument(status);
  if (same && settled) pending_.erase(pending);
  if (status.ok()) said_.insert_or_assign(path, write.said);
  const bool worth_telling = !status.ok() && !absl::IsAborted(status) && !absl::IsNotFound(status);
  if (worth_telling && !failing_) {
    log::Warning("cannot write the status of policies", {{"path", path}, {"error", Message(status)}});
  }
  if (!absl::IsAborted(status) && !absl::IsNotFound(status)) failing_ = worth_telling;
  if (settled) {
    backoff_.Reset();
    return pause_;
  }
  return backoff_.Next();
}

void StatusWriter::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  std::string last;
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
    if (stopping_) return;
    auto next = pending_.upper_bound(last);  // in turn, so that one that fails holds up no other
    if (next == pending_.end()) next = pending_.begin();
    last = next->first;
    const Write write = next->second;
    lock.unlock();
    const absl::Status status = Send(last, write.body);
    lock.lock();
    const absl::Duration pause = Settle(last, write, status);
    wake_.wait_for(lock, absl::ToChronoMilliseconds(pause), [&] { return stopping_; });
  }
}

}  // namespace chartseal::webhook
