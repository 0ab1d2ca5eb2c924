#pragma once

#include <gmock/gmock.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "tests/base/why.h"
#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/temporary_directory.h"
#include "tests/sandbox/tls_files.h"
#include "verifier/base/file.h"
#include "verifier/kube/client.h"

namespace chartseal::kube {

inline absl::Time Soon() { return absl::Now() + absl::Seconds(10); }

inline sandbox::HttpResponse Json(int status, const std::string& body) {
  return sandbox::MakeResponse(status, "application/json", body);
}

inline std::string StatusObject(int code, const std::string& message) {
  return "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"" + message +
         "\",\"code\":" + std::to_string(code) + "}";
}

inline std::string Content(const std::string& path) { return ReadFile(path, 1 << 20).value(); }

// A server on loopback over TLS, and clients for it.
class ClientTest : public ::testing::Test {
 protected:
  void Serve(sandbox::LoopbackServer::Handler handler) {
    server_ =
        sandbox::LoopbackServer::Start(
            {.certificate_file = tls_->certificate_file(), .key_file = tls_->key_file()}, std::move(handler))
            .value();
  }
  void ServeAnswer(int status, const std::string& body) {
    Serve([=](const auto&) { return Json(status, body); });
  }

  Config ConfigOf(const std::string& path = "") {
    Config config = {.server = net::Url::Parse(server_->url() + path).value()};
    config.ca_pem = Content(tls_->certificate_file());
    config.token = "very-secret";
    return config;
  }
  std::shared_ptr<Client> Connect() { return MakeClient(ConfigOf()).value(); }

  std::string Header(size_t request, const std::string& name) {
    const auto record = server_->log().Records().at(request);
    const auto found = record.headers.find(name);
    return found == record.headers.end() ? "" : found->second;
  }
  void WriteToken(const std::string& text) { std::ofstream(token_file()) << text; }
  std::string token_file() const { return directory_.path() + "/token"; }

  std::unique_ptr<sandbox::TlsFiles> tls_ = sandbox::TlsFiles::Create().value();
  sandbox::TemporaryDirectory directory_ = sandbox::TemporaryDirectory::Create("kube").value();
  std::unique_ptr<sandbox::LoopbackServer> server_;
};

}  // namespace chartseal::kube
