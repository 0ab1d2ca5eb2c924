#include "tests/sandbox/signing_services.h"

#include <nlohmann/json.hpp>

namespace chartseal::sandbox {

SigningServices::SigningServices(Sigstore& sigstore, SigningServicesOptions options)
    : options_(std::move(options)),
      rekor_v1_(sigstore.rekor_v1()),
      rekor_v2_(sigstore.rekor_v2()),
      tsa_(sigstore.tsa()) {}

absl::StatusOr<std::unique_ptr<SigningServices>> SigningServices::Start(Sigstore& sigstore,
                                                                        SigningServicesOptions options) {
  std::unique_ptr<SigningServices> services(new SigningServices(sigstore, std::move(options)));
  SigningServices* self = services.get();
  absl::Status failure;
  std::uint16_t port = self->options_.first_port;
  auto start = [&](std::unique_ptr<LoopbackServer>* server, auto handler) {
    LoopbackServerOptions server_options;
    server_options.port = port;
    if (port != 0) ++port;
    auto started = LoopbackServer::Start(server_options, [self, handler](const HttpRequest& request) {
      const std::lock_guard<std::mutex> lock(self->mutex_);
      return handler(request, self->options_.clock());
    });
    if (started.ok()) {
      *server = std::move(*started);
    } else if (failure.ok()) {
      failure = started.status();
    }
  };
  // The issuer knows its URL only when it listens; nobody asks before Start returns.
  start(&self->oidc_server_,
        [self](const HttpRequest& request, absl::Time now) { return self->issuer_->Handle(request, now); });
  if (!failure.ok()) return failure;
  self->issuer_ = std::make_unique<OidcIssuer>(self->oidc_server_->url());
  self->fulcio_ = std::make_unique<FulcioService>(sigstore, *self->issuer_);
  start(&self->fulcio_server_,
        [self](const HttpRequest& request, absl::Time now) { return self->fulcio_->Handle(request, now); });
  start(&self->rekor_v1_server_,
        [self](const HttpRequest& request, absl::Time now) { return self->rekor_v1_.Handle(request, now); });
  start(&self->rekor_v2_server_,
        [self](const HttpRequest& request, absl::Time) { return self->rekor_v2_.Handle(request); });
  start(&self->tsa_server_,
        [self](const HttpRequest& request, absl::Time now) { return self->tsa_.Handle(request, now); });
  if (!failure.ok()) return failure;
  return services;
}

ServiceUrls SigningServices::urls() const {
  return {oidc_server_->url(), fulcio_server_->url(), rekor_v1_server_->url(), rekor_v2_server_->url(),
          tsa_server_->url() + "/api/v1/timestamp"};
}

std::string SigningServices::Token(const nlohmann::json& changes) const {
  return issuer_->Sign(issuer_->GitHubClaims(changes, options_.clock()));
}

}  // namespace chartseal::sandbox
