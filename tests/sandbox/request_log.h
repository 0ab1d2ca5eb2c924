#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"

namespace chartseal::sandbox {

// What a server remembers of one request. Bodies are not kept.
struct RequestRecord {
  std::string method;
  std::string path;                                 // percent-decoded, without the query
  std::string target;                               // as on the request line
  std::multimap<std::string, std::string> headers;  // names in lower case
  int client_port = 0;
  absl::Time started;                            // head and body were read
  absl::Time finished = absl::InfiniteFuture();  // the answer was about to be written
  int status = 0;                                // 0 while in progress or when raw bytes were sent

  bool HasHeader(const std::string& lower_case_name) const { return headers.contains(lower_case_name); }
};

// Every request that one server saw, in order of arrival. Thread-safe.
class RequestLog {
 public:
  // Returns the index to give to End().
  std::size_t Begin(const HttpRequest& request);
  void End(std::size_t index, int status);

  std::vector<RequestRecord> Records() const;
  void Clear();

  // Requests whose method is `method` ("" for any) and whose path matches `path_glob` (see GlobMatches in
  // fault.h).
  std::size_t Count(std::string_view method, std::string_view path_glob) const;
  std::size_t size() const;

  // The largest number of requests that were being answered at one moment.
  std::size_t MaxInFlight() const;

  // The length of the longest chain of requests of which each began after the one before had been answered:
  // the number of round trips that a client spent. Requests sent together only count as one while they
  // overlap, so give the server some latency (RegistryOptions::latency) when asserting on this.
  std::size_t SequentialDepth() const;

  // Whether any request carried the header (name in lower case), e.g. "authorization".
  bool AnyHasHeader(const std::string& lower_case_name) const;

 private:
  mutable std::mutex mutex_;
  std::size_t cleared_ = 0;  // records dropped by Clear(), so that late End() calls find their own or none
  std::vector<RequestRecord> records_;
};

}  // namespace chartseal::sandbox
