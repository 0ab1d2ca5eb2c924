#include "tests/kube/fake_api_server.h"

#include "absl/time/clock.h"
#include "verifier/base/file.h"
#include "verifier/base/strings.h"

namespace chartseal::kube {
namespace {

constexpr absl::Duration kWatchTime = absl::Milliseconds(100);

sandbox::HttpResponse Json(int status, const std::string& body) {
  return sandbox::MakeResponse(status, "application/json", body);
}

std::string StatusObject(int code, const std::string& message) {
  return Cat(R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")", message, R"(","code":)",
             code, "}");
}

std::uint64_t NumberIn(const sandbox::HttpRequest& request, const std::string& parameter) {
  const auto value = request.Parameter(parameter);
  return value.has_value() && !value->empty() ? std::stoull(*value) : 0;
}

}  // namespace

FakeApiServer::FakeApiServer() { Restart(); }

Config FakeApiServer::config() const {
  Config config = {.server = net::Url::Parse(Cat("https://127.0.0.1:", port_)).value()};
  config.ca_pem = ReadFile(tls_->certificate_file(), 1 << 20).value();
  config.token = "token";
  return config;
}

void FakeApiServer::Restart() {
  server_.reset();
  server_ = sandbox::LoopbackServer::Start({.port = port_,
                                            .certificate_file = tls_->certificate_file(),
                                            .key_file = tls_->key_file(),
                                            .threads = 8},
                                           [this](const auto& request) { return Answer(request); })
                .value();
  port_ = server_->port();
}

void FakeApiServer::Stop() { server_.reset(); }

std::string FakeApiServer::ObjectOf(const std::string& name, const Object& object) {
  return Cat(R"({"metadata":{"name":")", name, R"(","resourceVersion":")", object.version, R"("})",
             object.members.empty() ? "" : ",", object.members, "}");
}

void FakeApiServer::Record(const std::string& type, const std::string& name, const std::string& collection) {
  Object& object = collections_[collection][name];
  object.version = ++version_;
  events_.push_back(
      {version_, collection, Cat(R"({"type":")", type, R"(","object":)", ObjectOf(name, object), "}\n")});
}

void FakeApiServer::Put(const std::string& name, const std::string& members, const std::string& collection) {
  const std::lock_guard lock(mutex_);
  auto& objects = collections_[collection];
  const bool is_new = !objects.contains(name);
  objects[name].members = members;
  Record(is_new ? "ADDED" : "MODIFIED", name, collection);
}

void FakeApiServer::Delete(const std::string& name, const std::string& collection) {
  const std::lock_guard lock(mutex_);
  Record("DELETED", name, collection);
  collections_[collection].erase(name);
}

void FakeApiServer::SetForbidden(const std::string& collection, bool forbidden) {
  const std::lock_guard lock(mutex_);
  if (forbidden) {
    forbidden_.insert(collection);
  } else {
    forbidden_.erase(collection);
  }
}

std::vector<std::string> FakeApiServer::targets() const {
  std::vector<std::string> targets;
  for (const auto& record : server_->log().Records()) targets.push_back(record.target);
  return targets;
}

void FakeApiServer::Compact() {
  const std::lock_guard lock(mutex_);
  events_.clear();
  compacted_ = ++version_;
}

void FakeApiServer::SetKnown(bool known) {
  const std::lock_guard lock(mutex_);
  known_ = known;
}

void FakeApiServer::SetFailing(bool failing) {
  const std::lock_guard lock(mutex_);
  failing_ = failing;
}

void FakeApiServer::SetFrozen(bool frozen) {
  const std::lock_guard lock(mutex_);
  frozen_ = frozen;
}

int FakeApiServer::frozen_requests() const {
  const std::lock_guard lock(mutex_);
  return frozen_requests_;
}

void FakeApiServer::WaitWhileFrozen() {
  for (int i = 0; i < 2000; ++i, absl::SleepFor(absl::Milliseconds(5))) {
    const std::lock_guard lock(mutex_);
    if (!frozen_) return;
    if (i == 0) ++frozen_requests_;
  }
}

int FakeApiServer::lists() const {
  const std::lock_guard lock(mutex_);
  return lists_;
}

int FakeApiServer::watches() const {
  const std::lock_guard lock(mutex_);
  return watches_;
}

sandbox::HttpResponse FakeApiServer::Answer(const sandbox::HttpRequest& request) {
  WaitWhileFrozen();
  {
    const std::lock_guard lock(mutex_);
    if (failing_) return Json(503, StatusObject(503, "etcd is away"));
    if (forbidden_.contains(request.path)) return Json(403, StatusObject(403, "secrets is forbidden"));
    if (!known_ || !collections_.contains(request.path)) return GetObject(request.path);
  }
  return request.Parameter("watch") == "1" ? Watch(request) : List(request);
}

sandbox::HttpResponse FakeApiServer::GetObject(const std::string& path) const {
  const std::size_t slash = path.rfind('/');
  const auto collection = collections_.find(path.substr(0, slash));
  if (known_ && collection != collections_.end()) {
    if (forbidden_.contains(collection->first)) return Json(403, StatusObject(403, "secrets is forbidden"));
    const auto object = collection->second.find(path.substr(slash + 1));
    if (object != collection->second.end()) return Json(200, ObjectOf(object->first, object->second));
  }
  return Json(404, StatusObject(404, "not found"));
}

// A continue token is the name after which the next page begins.
sandbox::HttpResponse FakeApiServer::List(const sandbox::HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  ++lists_;
  const std::uint64_t limit = std::min<std::uint64_t>(NumberIn(request, "limit"), 3);
  std::string items, last;
  std::uint64_t count = 0;
  const auto& objects = collections_.at(request.path);
  auto object = objects.upper_bound(request.Parameter("continue").value_or(""));
  for (; object != objects.end() && count < limit; ++object, ++count) {
    items += Cat(items.empty() ? "" : ",", ObjectOf(object->first, object->second));
    last = object->first;
  }
  const std::string next = object == objects.end() ? "" : last;
  return Json(200, Cat(R"({"kind":"ThingList","apiVersion":"x.dev/v1","metadata":{"resourceVersion":")",
                       version_, R"(","continue":")", next, R"("},"items":[)", items, "]}"));
}

// The events since the version that was asked for, or a bookmark when none came.
sandbox::HttpResponse FakeApiServer::Watch(const sandbox::HttpRequest& request) {
  const std::uint64_t since = NumberIn(request, "resourceVersion");
  const absl::Time end = absl::Now() + kWatchTime;
  for (bool first = true;; first = false, absl::SleepFor(absl::Milliseconds(2))) {
    const std::lock_guard lock(mutex_);
    if (first) ++watches_;
    if (since < compacted_) {
      return Json(200,
                  Cat(R"({"type":"ERROR","object":)", StatusObject(410, "too old resource version"), "}\n"));
    }
    std::string lines;
    for (const Event& event : events_) {
      lines += event.version > since && event.collection == request.path ? event.line : "";
    }
    if (!lines.empty()) return Json(200, lines);
    if (absl::Now() < end) continue;
    return Json(200,
                Cat(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":")", version_, "\"}}}\n"));
  }
}

}  // namespace chartseal::kube
