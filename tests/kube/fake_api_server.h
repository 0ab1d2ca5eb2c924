#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/tls_files.h"
#include "verifier/kube/config.h"

namespace chartseal::kube {

// Collections of objects as an API server shows them, over TLS on loopback: single ones, lists in pages,
// watches that last a moment, 410 for versions that were compacted away, and what goes wrong with servers.
// Thread-safe.
class FakeApiServer {
 public:
  static constexpr const char* kCollection = "/apis/x.dev/v1/things";

  FakeApiServer();

  // How to reach it; stays the same over Restart().
  Config config() const;

  // Adds or changes an object, or removes it; in a collection that there is from then on. `members` are JSON:
  // "\"data\":{}".
  void Put(const std::string& name, const std::string& members = "",
           const std::string& collection = kCollection);
  void Delete(const std::string& name, const std::string& collection = kCollection);
  // Requests for the collection are answered with 403 meanwhile.
  void SetForbidden(const std::string& collection, bool forbidden);
  // Forgets what happened so far: watches from before must list again.
  void Compact();
  // The collections are (not) known: answers are 404 meanwhile.
  void SetKnown(bool known);
  // Every request is answered with 503 meanwhile.
  void SetFailing(bool failing);
  // Connections stay open, and nothing is answered meanwhile; for ten seconds at most.
  void SetFrozen(bool frozen);
  // Connections are refused until Restart().
  void Stop();
  void Restart();

  int lists() const;
  int watches() const;
  // Of every request, with its query.
  std::vector<std::string> targets() const;
  // Requests that came while it was frozen.
  int frozen_requests() const;

 private:
  struct Event {
    std::uint64_t version;
    std::string collection;
    std::string line;
  };
  struct Object {
    std::uint64_t version;
    std::string members;
  };

  sandbox::HttpResponse Answer(const sandbox::HttpRequest& request);
  sandbox::HttpResponse GetObject(const std::string& path) const;
  sandbox::HttpResponse List(const sandbox::HttpRequest& request);
  sandbox::HttpResponse Watch(const sandbox::HttpRequest& request);
  void WaitWhileFrozen();
  void Record(const std::string& type, const std::string& name, const std::string& collection);
  static std::string ObjectOf(const std::string& name, const Object& object);

  const std::unique_ptr<sandbox::TlsFiles> tls_ = sandbox::TlsFiles::Create().value();
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Object>> collections_ = {{kCollection, {}}};
  std::set<std::string> forbidden_;
  std::vector<Event> events_;
  std::uint64_t version_ = 1;
  std::uint64_t compacted_ = 0;
  bool known_ = true;
  bool failing_ = false;
  bool frozen_ = false;
  int frozen_requests_ = 0;
  int lists_ = 0;
  int watches_ = 0;
  std::uint16_t port_ = 0;
  std::unique_ptr<sandbox::LoopbackServer> server_;  // the last: its threads use the others
};

}  // namespace chartseal::kube
