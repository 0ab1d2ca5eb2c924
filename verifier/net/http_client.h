#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "verifier/net/clock.h"
#include "verifier/net/dial_policy.h"
#include "verifier/net/headers.h"
#include "verifier/net/url.h"

namespace chartseal::net {

struct HttpRequest {
  std::string method = "GET";
  Url url;
  Headers headers;
  // Sent when the method is POST, PUT or PATCH. Borrowed until Perform() returns.
  std::string_view body;
  // The whole exchange, name look-up included, ends by then.
  absl::Time deadline = absl::InfiniteFuture();
  absl::Duration connect_timeout = limits::kConnectTimeout;
  // An answer that stays this long below limits::kStallBytesPerSecond is broken off. Infinite for answers
  // that are silent by nature, such as watches.
  absl::Duration stall_time = limits::kStallTime;
  // A longer body of a 2xx answer ends the exchange with an error.
  size_t max_body_bytes = limits::kMaxHttpBodyBytes;
  // What the name in `url` may resolve to.
  DialScope dial_scope = DialScope::kAnything;
  // When set, takes the body of a 2xx answer piece by piece instead of HttpResponse::body; an error from it
  // ends the exchange and is returned by Perform() as it is.
  std::function<absl::Status(std::string_view)> sink;
  // When set, asked about once a second, and more often while bytes come; true ends the exchange with
  // Cancelled. Called on the thread that called Perform().
  std::function<bool()> cancelled;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  // Of an answer other than 2xx at most limits::kMaxErrorBodyBytes are kept; the rest is not read.
  std::string body;
  // The IP address that was spoken to; empty when a proxy stood in between.
  std::string peer_address;

  bool ok() const { return status >= 200 && status < 300; }
};

// One HTTP exchange. Redirects, authentication, retries and content encodings are the caller's business: an
// answer of any status is OK here. Implementations are thread-safe.
class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Errors, each with a reason: Unavailable/kUnreachable (name look-up, connect, broken off),
  // FailedPrecondition/kTlsFailed, DeadlineExceeded/kDeadlineExceeded, ResourceExhausted/kLimitExceeded (body
  // or headers), PermissionDenied/kDialRefused, Cancelled/kUnreachable (HttpRequest::cancelled).
  virtual absl::StatusOr<HttpResponse> Perform(const HttpRequest& request) = 0;
};

struct HttpClientOptions {
  // PEM bundle used instead of the system's, as a file or as text (which then counts); both empty for the
  // system's.
  std::string ca_file;
  std::string ca_pem;
  // Who we are in TLS, both as PEM; empty for nobody. Used for every host: for clients of one server.
  std::string client_certificate_pem;
  std::string client_key_pem;
  std::string user_agent = "chartseal";
  // Honour HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; never for loopback hosts.
  bool proxy_from_environment = true;
  // More exchanges at a time wait for one another (within their deadlines).
  int max_concurrent = 64;
  Clock clock = SystemClock();
};

// The one implementation, on libcurl: HTTP/1.1 with connection reuse, TLS 1.2 or later. The first call makes
// the process ignore SIGPIPE unless it handles it. InvalidArgument when the CA file cannot be read, or
// when there is a client certificate without a key or the other way round.
absl::StatusOr<std::shared_ptr<HttpClient>> MakeHttpClient(HttpClientOptions options = {});

}  // namespace chartseal::net
