#include "verifier/net/http_client.h"

#include <curl/curl.h>
#include <unistd.h>

#include <csignal>
#include <mutex>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/curl_pool.h"
#include "verifier/net/curl_transfer.h"
#include "verifier/net/proxy.h"

namespace chartseal::net {
namespace {

// Once per process. OpenSSL writes to sockets without MSG_NOSIGNAL, so a peer that hangs up would end the
// process.
void InitializeOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct sigaction current {};
    if (sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL)
      std::signal(SIGPIPE, SIG_IGN);
  });
}

class CurlClient : public HttpClient {
 public:
  explicit CurlClient(HttpClientOptions options)
      : options_(std::move(options)),
        proxy_(options_.proxy_from_environment ? ProxySettings::FromEnvironment() : ProxySettings()),
        pool_(options_.max_concurrent, options_.clock) {}

  absl::StatusOr<HttpResponse> Perform(const HttpRequest& request) override {
    const CurlPool::Lease lease = pool_.Take(request.url.Origin(), request.deadline);
    if (lease.handle() == nullptr) {
      const std::string text = Cat(request.method, " ", request.url.Redacted(), ": the time allowed ran out");
      return WithReason(absl::DeadlineExceededError(text), Reason::kDeadlineExceeded);
    }
    return CurlTransfer(lease.handle(), options_, request, ProxyFor(proxy_, request.url)).Run();
  }

 private:
  HttpClientOptions options_;
  ProxySettings proxy_;
  CurlPool pool_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<HttpClient>> MakeHttpClient(HttpClientOptions options) {
  InitializeOnce();
  if (!options.ca_file.empty() && access(options.ca_file.c_str(), R_OK) != 0) {
    return Malformed(Reason::kTlsFailed, options.ca_file, "the CA file cannot be read");
  }
  if (options.client_certificate_pem.empty() != options.client_key_pem.empty()) {
    return Malformed(Reason::kTlsFailed, "TLS client authentication",
                     "a certificate and a key are needed, and only one of them was given");
  }
  return std::make_shared<CurlClient>(std::move(options));
}

}  // namespace chartseal::net
