#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace chartseal::webhook {

// One HTTP request as the server hands it to what answers it. Whole: the body has been read.
struct HttpRequest {
  std::string path;   // "/validate"
  std::string query;  // "timeout=10s"; without '?'
  std::string body;
  absl::Time received;  // when its head was complete
};

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // others than content type and length
};

// Answers requests; called from several threads at once. Must return in bounded time.
using HttpHandler = std::function<HttpReply(const HttpRequest&)>;

// What is left to do for a reply; may block. Called once, by a worker.
using HttpWork = std::function<HttpReply()>;
// Looks at a request on the IO thread, and so must neither wait nor take long: either the reply, or the work.
using HttpStarter = std::function<std::variant<HttpReply, HttpWork>(HttpRequest request)>;

// What a listener answers. Other paths get 404, other methods 405, other content types 415.
struct Route {
  std::string method;        // "POST"
  std::string path;          // without query
  std::string content_type;  // without parameters; empty: not looked at
  HttpHandler handler;
  bool blocking = false;  // run by a worker and counted against the limit of requests in flight
  // Instead of `handler`: bodies of up to limits::kMaxInlineBodyBytes are started on the IO thread, larger
  // ones by a worker; what it leaves to do is counted against the limit of requests in flight.
  HttpStarter starter;
};

// The value of `name` in a query string, or "" when it is not there. Percent-escapes are not undone: what
// this product reads has none.
std::string_view QueryValue(std::string_view query, std::string_view name);

}  // namespace chartseal::webhook
