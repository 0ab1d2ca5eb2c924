#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "publisher/signing/services.h"
#include "tests/base/why.h"
#include "tests/sandbox/signing_services.h"

namespace chartseal::publisher {

// A private Sigstore on loopback, a client for it whose waits are recorded instead of waited, and a key.
class SigningTest : public testing::Test {
 protected:
  SigningTest()
      : services_(sandbox::SigningServices::Start(sigstore_).value()),
        key_(crypto::PrivateKey::Generate(crypto::KeyType::kEcdsaP256).value()) {
    caller_.http = net::MakeHttpClient().value();
    caller_.sleeper = [this](absl::Duration duration) {
      const std::lock_guard lock(mutex_);
      waits_.push_back(duration);
    };
  }

  IdentityToken Token(const nlohmann::json& changes = nlohmann::json::object()) const {
    return IdentityToken::Parse(services_->Token(changes), absl::Now()).value();
  }
  static absl::Time Deadline() { return absl::Now() + absl::Seconds(60); }

  // Answers `response` to the next `times` requests (all when negative).
  static void Answer(sandbox::LoopbackServer& server, sandbox::HttpResponse response, int times = -1) {
    sandbox::Fault fault;
    fault.times = times;
    fault.respond = std::move(response);
    server.faults().Add(std::move(fault));
  }
  // Changes every real answer's JSON.
  static void RewriteJson(sandbox::LoopbackServer& server, std::function<void(nlohmann::json&)> change) {
    sandbox::Fault fault;
    fault.times = -1;
    fault.rewrite = [change = std::move(change)](const sandbox::HttpRequest&,
                                                 sandbox::HttpResponse& response) {
      nlohmann::json body = nlohmann::json::parse(response.body);
      change(body);
      response.body = body.dump();
    };
    server.faults().Add(std::move(fault));
  }
  static sandbox::HttpResponse Json(int status, const nlohmann::json& body) {
    return sandbox::MakeResponse(status, "application/json", body.dump());
  }

  sandbox::Sigstore sigstore_;
  std::unique_ptr<sandbox::SigningServices> services_;
  ServiceCaller caller_;
  crypto::PrivateKey key_;
  std::mutex mutex_;
  std::vector<absl::Duration> waits_;
};

}  // namespace chartseal::publisher
