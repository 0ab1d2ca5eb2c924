#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "tests/sandbox/tls_files.h"
#include "tests/webhook/test_client.h"
#include "verifier/base/file.h"
#include "verifier/base/strings.h"
#include "webhook/server.h"

namespace chartseal::webhook {

// A server with an echoing POST /validate over TLS and GET /healthz over plain HTTP, both on loopback.
class ServerTest : public testing::Test {
 protected:
  void Start(ServerLimits limits = {}, HttpHandler handler = Echo()) {
    auto files = sandbox::TlsFiles::Create();
    ASSERT_TRUE(files.ok()) << files.status();
    tls_.certificate_chain = *ReadFile((*files)->certificate_file(), 1 << 16);
    tls_.private_key = *ReadFile((*files)->key_file(), 1 << 16);
    ServerOptions options{.limits = limits, .metrics = &metrics_};
    options.listeners = {
        {"127.0.0.1", 0, tls_, {{"POST", "/validate", "application/json", handler, true}}},
        {"127.0.0.1", 0, std::nullopt, {{.method = "GET", .path = "/healthz", .handler = Echo()}}}};
    auto server = Server::Start(std::move(options));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  static HttpHandler Echo() {
    return [](const HttpRequest& request) {
      return HttpReply{.body =
                           request.path + "?" + request.query + " " + std::to_string(request.body.size())};
    };
  }

  uint16_t port() const { return server_->port(0); }
  uint16_t ops_port() const { return server_->port(1); }
  // Whether a fresh client is served.
  bool Serves() const { return TestClient(port()).Post("/validate", "{}").status == 200; }

  // Whether the metrics come to say that this limit was reached once. The server counts after it has answered
  // or closed, so a client that has seen the one may be too early for the other.
  bool CountsLimit(std::string_view limit) const {
    const std::string line = Cat("chartseal_limits_reached_total{limit=\"", limit, "\"} 1\n");
    for (int attempt = 0; attempt < 1000; ++attempt) {
      if (metrics_.Text().find(line) != std::string::npos) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  TlsIdentity tls_;
  Metrics metrics_;
  std::unique_ptr<Server> server_;
};

}  // namespace chartseal::webhook
