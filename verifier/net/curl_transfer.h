#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "verifier/net/http_client.h"

namespace chartseal::net {

// One exchange on one handle (CURL*). Not thread-safe; used once.
class CurlTransfer {
 public:
  // All borrowed until Run() returns. `proxy` is nullopt for a direct connection.
  CurlTransfer(void* handle, const HttpClientOptions& options, const HttpRequest& request,
               std::optional<std::string> proxy);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  absl::StatusOr<HttpResponse> Run();

 private:
  struct Callbacks;

  void SetUp();
  void SetUpTls();
  void SetUpLimits();
  void SetUpMethod();
  void SetUpHeaders();
  bool TakeHeaderLine(std::string_view line);
  bool TakeBody(std::string_view piece);
  bool MayDial(std::string_view address);
  bool MustStop();
  absl::Status Explain(int curl_code) const;
  absl::Status ExplainTimeout() const;
  std::string Where() const;

  void* handle_;
  const HttpClientOptions& options_;
  const HttpRequest& request_;
  std::optional<std::string> proxy_;
  struct HeaderList;
  std::unique_ptr<HeaderList> header_list_;
  std::string url_;
  char error_text_[256] = {};

  HttpResponse response_;
  size_t header_bytes_ = 0;
  size_t body_bytes_ = 0;
  bool headers_done_ = false;
  bool enough_ = false;       // the kept part of an error body is full; the rest is not wanted
  std::string refused_dial_;  // the address that the scope did not allow
  absl::Status failure_;      // found by a callback; outranks what the library says
};

}  // namespace chartseal::net
