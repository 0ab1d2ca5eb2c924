#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"

namespace chartseal::sandbox {

// Whether `text` matches `glob` as a whole: '*' stands for any run of characters, '/' included, '?' for one.
bool GlobMatches(std::string_view glob, std::string_view text);

// One rule of misbehaviour: which requests it hits and what happens to them.
struct Fault {
  std::string method;           // "" for any; a GET rule does not hit HEAD
  std::string path_glob = "*";  // matched against the decoded path without the query
  int skip = 0;                 // the first `skip` matching requests are left alone
  int times = 1;                // then so many are hit; negative: all

  absl::Duration delay = absl::ZeroDuration();  // waited before anything is answered
  std::optional<HttpResponse> respond;          // answered instead of the real answer
  std::function<void(const HttpRequest&, HttpResponse&)>
      rewrite;                       // applied to the real answer (or to `respond`)
  std::optional<Delivery> delivery;  // replaces the delivery of whatever is answered
};

// The rules of one server. Thread-safe.
class FaultPlan {
 public:
  void Add(Fault fault);
  void Clear();

  // The first rule that hits this request, with its occurrence counted on every rule that matches.
  std::optional<Fault> Match(const HttpRequest& request);

  // Every rule's number of hits so far, in the order of Add().
  std::vector<int> Hits() const;

 private:
  struct Rule {
    Fault fault;
    int seen = 0;
    int hits = 0;
  };
  mutable std::mutex mutex_;
  std::vector<Rule> rules_;
};

}  // namespace chartseal::sandbox
