#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/mint.h"
#include "tests/sandbox/registry.h"
#include "tests/webhook/fake_verifier.h"
#include "tests/webhook/reviews.h"
#include "webhook/caching_image_verifier.h"
#include "webhook/chart_store.h"
#include "webhook/gates.h"
#include "webhook/release_gate.h"

// A registry with a signed chart, what real helm recorded of its releases, and the gate that judges them.
namespace chartseal::webhook {

// A recorded release Secret of ../shared/vectors/helm-release.
struct RecordedSecret {
  std::string file;
  std::string method;  // CREATE or UPDATE
  nlohmann::ordered_json secret;
  std::string name() const { return secret["metadata"]["name"]; }
};
// All of them, in the order in which helm wrote them.
const std::vector<RecordedSecret>& RecordedSecrets();

// The record in it, and the Secret with another record.
nlohmann::ordered_json RecordIn(const nlohmann::ordered_json& secret);
nlohmann::ordered_json WithRecord(nlohmann::ordered_json secret, const std::string& record_json);
nlohmann::ordered_json WithRecord(nlohmann::ordered_json secret, const nlohmann::ordered_json& record);

// The chart that they are releases of, tracecore 0.3.1, as helm pushed it.
inline constexpr char kTracecore[] = "acme/charts/tracecore";
inline constexpr char kTracecoreVersion[] = "0.3.1";

struct ReleasePolicy {
  std::string mode = "enforce";
  std::string unbound_subcharts = "allow";
  std::string no_match = "deny";
  std::string charts = "acme/charts/*";  // behind the registry's host
  std::string extra;                     // more documents
};

class ReleaseWorld : public testing::Test {
 protected:
  ReleaseWorld();
  ~ReleaseWorld() override;

  // -- The registry.
  // Pushes a chart archive; the digest of its manifest.
  std::string Push(const std::string& repository, const std::string& tgz);
  std::string PushTracecore() { return Push(kTracecore, TracecoreArchive()); }
  static std::string TracecoreArchive();
  // By the release workflow.
  void Sign(const std::string& repository, const std::string& digest);
  void SignBy(const sandbox::Identity& identity, const std::string& repository, const std::string& digest);
  // The whole: pushed, signed and tagged.
  std::string Publish();
  // Requests that the registry got since the last call.
  size_t Requests();
  void Outage() { registry_->AddFault({.times = -1, .respond = sandbox::HttpResponse{.status = 503}}); }

  // -- The gate.
  std::string PolicyText(const ReleasePolicy& policy = {}) const;
  void Use(const std::string& policies, bool complete = true);
  Decision Review(const ReviewText& review, absl::Duration time = absl::Seconds(10));
  Decision Create(const nlohmann::ordered_json& secret);
  Decision Update(const nlohmann::ordered_json& old_secret, const nlohmann::ordered_json& secret);
  // The first recorded CREATE with a changed record.
  Decision CreateChanged(const std::function<void(nlohmann::ordered_json&)>& change);
  // How much later the webhook's clock is.
  void Wait(absl::Duration time) { later_ = later_.load() + time; }
  static std::string Annotation(const Decision& decision, std::string_view key);

  const std::unique_ptr<sandbox::Registry> registry_;
  std::atomic<absl::Duration> later_ = absl::ZeroDuration();
  std::shared_ptr<FakeVerifier> images_ = std::make_shared<FakeVerifier>();
  std::shared_ptr<CachingImageVerifier> verifier_;
  std::shared_ptr<ChartStore> charts_;
  std::shared_ptr<PolicySource> policies_;
  std::unique_ptr<ReleaseGate> gate_;
  bool began_ = false;  // whether Begin() decided the last review
};

// A snapshot source that a test replaces.
class SwappedPolicies : public PolicySource {
 public:
  std::shared_ptr<const PolicySnapshot> Current() const override { return snapshot; }
  std::shared_ptr<const PolicySnapshot> snapshot;
};

}  // namespace chartseal::webhook
