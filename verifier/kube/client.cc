#include "verifier/kube/client.h"

#include <limits>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/kube/answer.h"
#include "verifier/kube/line_reader.h"
#include "verifier/kube/token_source.h"
#include "verifier/net/http_client.h"

namespace chartseal::kube {
namespace {

class HttpClientOfServer : public Client {
 public:
  HttpClientOfServer(Config config, std::shared_ptr<net::HttpClient> http, net::Clock clock)
      : base_(config.server.Origin() + (config.server.path() == "/" ? "" : config.server.path())),
        token_(std::move(config.token), std::move(config.token_file), std::move(clock)),
        http_(std::move(http)),
        server_(std::move(config.server)) {}

  absl::StatusOr<Node> Get(std::string_view path, absl::Time deadline) override {
    return Object(path, {.url = server_, .deadline = deadline});
  }

  absl::StatusOr<Node> GetUnless(std::string_view path, const std::function<bool()>& stopped,
                                 absl::Time deadline) override {
    return Object(path, {.url = server_, .deadline = deadline, .cancelled = stopped});
  }

  absl::StatusOr<Node> GetMetadataUnless(std::string_view path, const std::function<bool()>& stopped,
                                         absl::Time deadline) override {
    net::HttpRequest http = {.url = server_, .deadline = deadline, .cancelled = stopped};
    http.headers.Set("Accept",
                     "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
    return Object(path, std::move(http));
  }

  absl::StatusOr<Node> Send(std::string_view method, std::string_view path, std::string_view content_type,
                            const Node& body, absl::Time deadline) override {
    const std::string text = body.is_null() ? "" : WriteJson(body);
    net::HttpRequest http = {
        .method = std::string(method), .url = server_, .body = text, .deadline = deadline};
    if (!text.empty()) http.headers.Set("Content-Type", std::string(content_type));
    return Object(path, std::move(http));
  }

  absl::Status Stream(std::string_view path, const std::function<absl::Status(std::string_view)>& on_line,
                      const std::function<bool()>& stopped, absl::Time deadline) override;

 private:
  absl::StatusOr<net::HttpResponse> Perform(std::string_view path, net::HttpRequest http);
  absl::StatusOr<Node> Object(std::string_view path, net::HttpRequest http);

  const std::string base_;  // no slash at its end
  TokenSource token_;
  const std::shared_ptr<net::HttpClient> http_;
  const net::Url server_;
};

std::string WhereOf(std::string_view method, std::string_view path) {
  return Cat(method, " ", Printable(path.substr(0, path.find('?')), 512));
}

// An answer of 2xx, or an error. The token file is read again once when the server does not know the token.
absl::StatusOr<net::HttpResponse> HttpClientOfServer::Perform(std::string_view path, net::HttpRequest http) {
  const std::string where = WhereOf(http.method, path);
  const auto url = net::Url::Parse(Cat(base_, path));
  if (!url.ok() || !path.starts_with('/')) return Malformed(Reason::kKubeUnavailable, where, "not a path");
  http.url = *url;
  if (!http.headers.Has("Accept")) http.headers.Set("Accept", "application/json");
  ASSIGN_OR_RETURN(std::string token, token_.Current());
  for (bool first = true;; first = false) {
    if (!token.empty()) http.headers.Set("Authorization", "Bearer " + token);
    auto response = http_->Perform(http);
    if (!response.ok()) return NoAnswer(response.status());
    if (response->ok()) return response;
    const std::string other = first && response->status == 401 ? token_.After(token) : "";
    if (other.empty()) return ErrorOfAnswer(where, http.method, response->status, response->body);
    token = other;
  }
}

absl::StatusOr<Node> HttpClientOfServer::Object(std::string_view path, net::HttpRequest http) {
  http.max_body_bytes = limits::kMaxKubeListBytes;
  const std::string where = WhereOf(http.method, path);
  ASSIGN_OR_RETURN(const net::HttpResponse response, Perform(path, std::move(http)));
  return ObjectOfAnswer(where, response.body, limits::kMaxKubeListBytes);
}

absl::Status HttpClientOfServer::Stream(std::string_view path,
                                        const std::function<absl::Status(std::string_view)>& on_line,
                                        const std::function<bool()>& stopped, absl::Time deadline) {
  // What the callback says is told as it is; what the HTTP client says is put under our codes.
  absl::Status refused;
  LineReader lines(WhereOf("GET", path), limits::kMaxKubeObjectBytes,
                   [&](std::string_view line) { return refused = on_line(line); });
  net::HttpRequest http = {.url = server_, .deadline = deadline, .stall_time = absl::InfiniteDuration()};
  http.max_body_bytes = std::numeric_limits<size_t>::max();
  http.sink = [&](std::string_view piece) { return lines.Take(piece); };
  http.cancelled = stopped;
  const absl::Status status = Perform(path, std::move(http)).status();
  return refused.ok() ? status : refused;
}

absl::Status Unusable(std::string_view what) {
  return Malformed(Reason::kKubeUnavailable, "configuration of the API server", what);
}

absl::Status CheckPem(const std::string& pem, std::string_view label, std::string_view what) {
  if (pem.empty()) return absl::OkStatus();
  const bool begins = pem.find("-----BEGIN ") != std::string::npos && pem.find(label) != std::string::npos;
  return begins ? absl::OkStatus() : Unusable(Cat("the ", what, " is no PEM with a ", label));
}

}  // namespace

absl::StatusOr<std::shared_ptr<Client>> MakeClient(Config config, net::Clock clock) {
  if (!config.server.is_https()) return Unusable("the server's URL is not https");
  if (!config.token.empty() && !config.token_file.empty()) return Unusable("both a token and a token file");
  RETURN_IF_ERROR(CheckPem(config.ca_pem, "CERTIFICATE-----", "certificate authority"));
  RETURN_IF_ERROR(CheckPem(config.client_certificate, "CERTIFICATE-----", "client certificate"));
  RETURN_IF_ERROR(CheckPem(config.client_key, "PRIVATE KEY-----", "client key"));
  auto http = net::MakeHttpClient({.ca_pem = config.ca_pem,
                                   .client_certificate_pem = config.client_certificate,
                                   .client_key_pem = config.client_key,
                                   .clock = clock});
  if (!http.ok()) return WithReason(http.status(), Reason::kKubeUnavailable);
  return std::make_shared<HttpClientOfServer>(std::move(config), *std::move(http), std::move(clock));
}

}  // namespace chartseal::kube
