#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "verifier/net/http_client.h"

namespace chartseal::oci {

// An HTTP client that asks a function instead of the network, so that servers can stand anywhere on the
// internet. Remembers what it was asked. Thread-safe as far as the function is.
class ScriptedHttp : public net::HttpClient {
 public:
  struct Seen {
    std::string method, url, authorization, body;
    net::DialScope dial_scope;
  };
  using Answer = std::function<net::HttpResponse(const net::HttpRequest&)>;
  explicit ScriptedHttp(Answer answer) : answer_(std::move(answer)) {}

  absl::StatusOr<net::HttpResponse> Perform(const net::HttpRequest& request) override {
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back({request.method, request.url.ToString(),
                       std::string(request.headers.Get("Authorization")), std::string(request.body),
                       request.dial_scope});
    }
    net::HttpResponse response = answer_(request);
    if (response.ok() && request.sink) {
      if (absl::Status status = request.sink(response.body); !status.ok()) return status;
      response.body.clear();
    }
    return response;
  }

  std::vector<Seen> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
};

// An answer from a server at a public address.
inline net::HttpResponse AnswerOf(int status, net::Headers headers = {}, std::string body = "",
                                  std::string peer = "140.82.112.33") {
  net::HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::move(body);
  response.peer_address = std::move(peer);
  return response;
}

}  // namespace chartseal::oci
