#include "tests/sandbox/registry.h"

#include "absl/strings/str_cat.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/registry_handlers.h"
#include "tests/sandbox/tls_files.h"
#include "tests/sandbox/token_service.h"

namespace chartseal::sandbox {
namespace {

constexpr const char* kTokenPath = "/token";

// The scope that a request needs, as the token specification spells it; "" for the base route.
std::string ScopeOf(const RegistryRoute& route, const HttpRequest& request) {
  if (route.kind == RegistryRoute::Kind::kBase) return "";
  bool reads = request.method == "GET" || request.method == "HEAD";
  return absl::StrCat("repository:", route.repository, reads ? ":pull" : ":pull,push");
}

}  // namespace

class Registry::Impl {
 public:
  explicit Impl(RegistryOptions options)
      : options_(std::move(options)), tokens_(options_.auth), handlers_(&options_, &store_) {}

  absl::Status Start();
  HttpResponse Handle(const HttpRequest& request);

  const RegistryOptions options_;
  RegistryStore store_;
  TokenService tokens_;
  RegistryHandlers handlers_;
  std::unique_ptr<TlsFiles> tls_;
  std::string ca_file_;
  std::unique_ptr<LoopbackServer> server_;  // last: stops before what its handler uses goes away
};

absl::Status Registry::Impl::Start() {
  LoopbackServerOptions options{.port = options_.port, .latency = options_.latency};
  if (options_.tls) {
    auto tls = TlsFiles::Create();
    if (!tls.ok()) return tls.status();
    tls_ = *std::move(tls);
    ca_file_ = options.certificate_file = tls_->certificate_file();
    options.key_file = tls_->key_file();
  }
  auto server =
      LoopbackServer::Start(options, [this](const HttpRequest& request) { return Handle(request); });
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  return absl::OkStatus();
}

HttpResponse Registry::Impl::Handle(const HttpRequest& request) {
  // What the client called us, so that Locations and the realm match it.
  std::string base = absl::StrCat(options_.tls ? "https://" : "http://", request.Header("host").value_or(""));
  if (request.path == kTokenPath) return tokens_.Issue(request);
  std::optional<RegistryRoute> route = ParseRoute(request.path);
  if (!route.has_value()) return RegistryError(404, "NAME_INVALID", "not a path of the distribution API");
  auto refusal = tokens_.Refuse(request, ScopeOf(*route, request), base + kTokenPath);
  if (refusal.has_value()) return *refusal;
  HttpResponse response = handlers_.Handle(*route, request, base);
  response.headers.emplace_back("Docker-Distribution-Api-Version", "registry/2.0");
  return response;
}

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::~Registry() = default;

absl::StatusOr<std::unique_ptr<Registry>> Registry::Start(RegistryOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  absl::Status status = impl->Start();
  if (!status.ok()) return status;
  return std::unique_ptr<Registry>(new Registry(std::move(impl)));
}

std::string Registry::host() const { return impl_->server_->host(); }
std::string Registry::url() const { return impl_->server_->url(); }
const std::string& Registry::ca_file() const { return impl_->ca_file_; }
RequestLog& Registry::log() { return impl_->server_->log(); }
void Registry::AddFault(Fault fault) { faults().Add(std::move(fault)); }
FaultPlan& Registry::faults() { return impl_->server_->faults(); }
TokenService& Registry::tokens() { return impl_->tokens_; }
RegistryStore& Registry::store() { return impl_->store_; }

std::string Registry::PutBlob(const std::string& repository, std::string bytes) {
  std::string digest = ContentDigest(bytes);
  store().PutBlob(repository, digest, std::move(bytes));
  return digest;
}

std::string Registry::PutManifest(const std::string& repository, const std::string& media_type,
                                  std::string bytes) {
  std::string digest = ContentDigest(bytes);
  store().PutManifest(repository, digest, {media_type, std::move(bytes)});
  return digest;
}

void Registry::Tag(const std::string& repository, const std::string& tag, const std::string& digest) {
  store().Tag(repository, tag, digest);
}

}  // namespace chartseal::sandbox
