#include "tests/audit/fake_cluster.h"

#include <algorithm>
#include <utility>

#include "tests/sandbox/encoding.h"
#include "verifier/base/file.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

constexpr std::size_t kPage = 2;

sandbox::HttpResponse Json(int status, const Node& body) {
  return sandbox::MakeResponse(status, "application/json", WriteJson(body));
}

sandbox::HttpResponse Failure(int status) {
  Node body = Node::MakeMap();
  body.Set("kind", "Status").Set("apiVersion", "v1").Set("status", "Failure");
  return Json(status, body.Set("message", "said no").Set("code", Node::Integer(status)));
}

std::string Text(const Node& object, std::initializer_list<std::string_view> path) {
  const Node* found = object.FindPath(path);
  return found != nullptr && found->is_string() ? found->string_value() : "";
}

std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

// "a=b" over labels or, for fields, over members at the top.
bool Selects(const std::string& selector, const Node& object, bool labels) {
  const std::size_t equals = selector.find('=');
  const std::string key = selector.substr(0, equals);
  const std::string value = selector.substr(equals + 1);
  return (labels ? Text(object, {"metadata", "labels", key}) : Text(object, {key})) == value;
}

Node MetadataOf(const Node& object) {
  Node partial = Node::MakeMap();
  partial.Set("apiVersion", "meta.k8s.io/v1").Set("kind", "PartialObjectMetadata");
  return partial.Set("metadata", *object.Find("metadata"));
}

}  // namespace

FakeCluster::FakeCluster() {
  server_ = sandbox::LoopbackServer::Start(
                {.certificate_file = tls_->certificate_file(), .key_file = tls_->key_file(), .threads = 16},
                [this](const auto& request) { return Answer(request); })
                .value();
}

kube::Config FakeCluster::config() const {
  kube::Config config = {.server = net::Url::Parse(Cat("https://127.0.0.1:", server_->port())).value()};
  config.ca_pem = ReadFile(tls_->certificate_file(), 1 << 20).value();
  config.token = "token";
  return config;
}

std::string FakeCluster::Kubeconfig() const {
  return Cat("apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n",
             "- {name: here, context: {cluster: here, user: me}}\n",
             "- {name: away, context: {cluster: away, user: me}}\nclusters:\n",
             "- {name: here, cluster: {server: \"https://127.0.0.1:", server_->port(),
             "\", certificate-authority-data: ", sandbox::Base64Encode(config().ca_pem), "}}\n",
             "- {name: away, cluster: {server: \"https://127.0.0.1:1\"}}\nusers:\n",
             "- {name: me, user: {token: secret-token}}\n");
}

void FakeCluster::AddKind(const std::string& api_version, const std::string& kind,
                          const std::string& resource, bool namespaced, bool can_list) {
  const std::lock_guard lock(mutex_);
  kinds_.push_back({api_version, kind, resource, namespaced, can_list});
}

void FakeCluster::AddUsualKinds() {
  AddKind("v1", "Pod", "pods");
  AddKind("v1", "Secret", "secrets");
  AddKind("v1", "ConfigMap", "configmaps");
  AddKind("v1", "Namespace", "namespaces", false);
  AddKind("apps/v1", "Deployment", "deployments");
  AddKind("apps/v1", "ReplicaSet", "replicasets");
  AddKind("batch/v1", "Job", "jobs");
  AddKind("batch/v1", "CronJob", "cronjobs");
  AddKind("chartseal.dev/v1alpha1", "VerificationPolicy", "verificationpolicies", false);
  AddKind("wgpolicyk8s.io/v1alpha2", "PolicyReport", "policyreports");
  AddKind("wgpolicyk8s.io/v1alpha2", "ClusterPolicyReport", "clusterpolicyreports", false);
}

const FakeCluster::Kind* FakeCluster::Find(const std::string& api_version,
                                           const std::string& resource) const {
  for (const Kind& kind : kinds_) {
    if (kind.resource == resource && (api_version.empty() || kind.api_version == api_version)) return &kind;
  }
  return nullptr;
}

void FakeCluster::Store(const std::string& path, Node object) {
  Node metadata = *object.Find("metadata");
  metadata.Set("resourceVersion", std::to_string(++version_));
  object.Set("metadata", std::move(metadata));
  objects_.insert_or_assign(path, std::move(object));
}

void FakeCluster::Put(const std::string& resource, const std::string& json) {
  const std::lock_guard lock(mutex_);
  Node object = ParseJson(json, "an object of the test").value();
  const Kind& kind = *Find("", resource);
  object.Set("apiVersion", kind.api_version).Set("kind", kind.kind);
  const std::string root = (kind.api_version.find('/') == std::string::npos ? "/api/" : "/apis/");
  const std::string space = Text(object, {"metadata", "namespace"});
  const std::string path = Cat(root, kind.api_version, space.empty() ? "" : "/namespaces/", space, "/",
                               resource, "/", Text(object, {"metadata", "name"}));
  Store(path, std::move(object));
}

Node FakeCluster::Get(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(path);
  return found == objects_.end() ? Node() : found->second;
}

void FakeCluster::Refuse(const std::string& path_prefix, int status) {
  const std::lock_guard lock(mutex_);
  refused_[path_prefix] = status;
}

std::vector<std::string> FakeCluster::requests() const {
  std::vector<std::string> requests;
  for (const auto& record : server_->log().Records()) {
    requests.push_back(Cat(record.method, " ", record.target));
  }
  return requests;
}

std::vector<std::string> FakeCluster::writes() const {
  std::vector<std::string> writes = requests();
  std::erase_if(writes, [](const std::string& request) { return request.starts_with("GET "); });
  return writes;
}

FakeCluster::Place FakeCluster::Read(const std::string& path) {
  std::vector<std::string> parts = Split(path);
  Place place;
  const std::size_t version = !parts.empty() && parts[0] == "api" ? 2 : 3;
  if (parts.size() <= version) return place;
  place.api_version = version == 2 ? parts[1] : Cat(parts[1], "/", parts[2]);
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(version));
  if (parts.size() > 2 && parts[0] == "namespaces") {
    place.namespace_name = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  place.resource = parts[0];
  if (parts.size() > 1) place.name = parts[1];
  return place;
}

sandbox::HttpResponse FakeCluster::Answer(const sandbox::HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  for (const auto& [prefix, status] : refused_) {
    if (request.path.starts_with(prefix)) return Failure(status);
  }
  const Place place = Read(request.path);
  if (place.resource.empty()) return Discover(request.path);
  if (Find(place.api_version, place.resource) == nullptr) return Failure(404);
  if (request.method != "GET") {
    sandbox::HttpResponse answer = Write(place, request);
    if (on_write_) on_write_();
    return answer;
  }
  if (place.name.empty()) return List(place, request);
  const auto found = objects_.find(request.path);
  return found == objects_.end() ? Failure(404) : Json(200, found->second);
}

sandbox::HttpResponse FakeCluster::Discover(const std::string& path) const {
  if (path == "/apis") {
    std::map<std::string, std::vector<std::string>> groups;
    for (const Kind& kind : kinds_) {
      const std::size_t slash = kind.api_version.find('/');
      if (slash == std::string::npos) continue;
      auto& versions = groups[kind.api_version.substr(0, slash)];
      const std::string version = kind.api_version.substr(slash + 1);
      if (std::find(versions.begin(), versions.end(), version) == versions.end()) versions.push_back(version);
    }
    std::string list;
    for (const auto& [group, versions] : groups) {
      std::string all;
      for (const std::string& version : versions) {
        all += Cat(all.empty() ? "" : ",", R"({"version":")", version, R"("})");
      }
      list += Cat(list.empty() ? "" : ",", R"({"name":")", group, R"(","versions":[)", all,
                  R"(],"preferredVersion":{"version":")", versions[0], R"("}})");
    }
    return sandbox::MakeResponse(200, "application/json", Cat(R"({"groups":[)", list, "]}"));
  }
  std::string list;
  for (const Kind& kind : kinds_) {
    const bool core = kind.api_version.find('/') == std::string::npos;
    if (path != Cat(core ? "/api/" : "/apis/", kind.api_version)) continue;
    list += Cat(list.empty() ? "" : ",", R"({"name":")", kind.resource, R"(/status","kind":")", kind.kind,
                R"(","namespaced":true,"verbs":["get","list"]},{"name":")", kind.resource, R"(","kind":")",
                kind.kind, R"(","namespaced":)", kind.namespaced ? "true" : "false", R"(,"verbs":["get")",
                kind.can_list ? R"(,"list")" : "", "]}");
  }
  if (list.empty()) return Failure(404);
  return sandbox::MakeResponse(200, "application/json", Cat(R"({"resources":[)", list, "]}"));
}

// A continue token is the path after which the next page begins.
sandbox::HttpResponse FakeCluster::List(const Place& place, const sandbox::HttpRequest& request) const {
  const Kind& kind = *Find(place.api_version, place.resource);
  if (!kind.can_list) return Failure(405);
  const bool partial =
      request.Header("accept").value_or("").find("as=PartialObjectMetadataList") != std::string::npos;
  const std::string after = request.Parameter("continue").value_or("");
  Node items = Node::MakeList();
  std::string next;
  for (auto found = objects_.upper_bound(after); found != objects_.end(); ++found) {
    const Place at = Read(found->first);
    const bool inside = at.api_version == place.api_version && at.resource == place.resource &&
                        (place.namespace_name.empty() || at.namespace_name == place.namespace_name);
    const auto labels = request.Parameter("labelSelector");
    const auto fields = request.Parameter("fieldSelector");
    if (!inside || (labels && !Selects(*labels, found->second, true))) continue;
    if (fields && !Selects(*fields, found->second, false)) continue;
    items.Append(partial ? MetadataOf(found->second) : found->second);
    next = found->first;
    if (items.list().size() == kPage) break;
  }
  Node metadata = Node::MakeMap();
  metadata.Set("resourceVersion", std::to_string(version_));
  if (items.list().size() == kPage) metadata.Set("continue", next);
  Node list = Node::MakeMap();
  list.Set("kind", partial ? "PartialObjectMetadataList" : kind.kind + "List");
  list.Set("apiVersion", partial ? "meta.k8s.io/v1" : kind.api_version);
  return Json(200, list.Set("metadata", std::move(metadata)).Set("items", std::move(items)));
}

sandbox::HttpResponse FakeCluster::Write(const Place& place, const sandbox::HttpRequest& request) {
  if (request.method == "DELETE") {
    return objects_.erase(request.path) == 0 ? Failure(404) : Json(200, Node::MakeMap());
  }
  const Node object = ParseJson(request.body, "the body of a request").value();
  const std::string path =
      place.name.empty() ? Cat(request.path, "/", Text(object, {"metadata", "name"})) : request.path;
  const auto there = objects_.find(path);
  if (request.method == "POST" && there != objects_.end()) return Failure(409);
  if (request.method == "PUT") {
    if (there == objects_.end()) return Failure(404);
    const std::string version = Text(object, {"metadata", "resourceVersion"});
    if (version != Text(there->second, {"metadata", "resourceVersion"})) return Failure(409);
  }
  Store(path, object);
  return Json(request.method == "POST" ? 201 : 200, objects_.at(path));
}

}  // namespace chartseal::audit
