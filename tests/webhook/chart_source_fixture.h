#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "tests/chart/tar_writer.h"
#include "tests/webhook/gate_fixture.h"
#include "tests/webhook/verifier_fixture.h"
#include "verifier/chart/chart.h"
#include "verifier/chart/go_json.h"
#include "verifier/chart/metadata.h"
#include "webhook/chart_source_gate.h"

// A registry with charts in it, the tests' own Sigstore, and the gate of objects that name charts.
namespace chartseal::webhook {

inline constexpr char kCharts[] = "registry.test/charts/app";

// A VerificationPolicy over charts, and over images of registry.test/images.
inline std::string ChartPolicy(const std::string& name = "strict", const std::string& fields = "",
                               std::string_view subject = verification::kIdentity) {
  return Cat(
      "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: ", name,
      " }\nspec:\n  match: { charts: [\"registry.test/charts/*\"], images: [\"registry.test/images/*\"] }\n",
      fields, "  authorities:\n  - keyless: { identities: [{ issuer: \"", verification::kIssuer,
      "\", subject: \"", subject, "\" }] }\n");
}

// The files of a chart "app" in an archive.
inline std::string AppTgz(const std::string& config_map = "data: {}", const std::string& subchart = "sub") {
  chart::TarWriter tar;
  tar.Add("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.0\n");
  tar.Add("app/values.yaml", "replicas: 1\n");
  tar.Add("app/templates/cm.yaml", config_map);
  tar.Add("app/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n");
  tar.Add("app/charts/sub/templates/cm.yaml", subchart);
  return chart::Tgz(tar);
}

class ChartSourceGateTest : public testing::Test {
 protected:
  ChartSourceGateTest() {
    sources_->sources[""] = source_;
    Set(ChartPolicy());
    Publish("1.2.0");
  }
  ~ChartSourceGateTest() override { source_->Open(); }

  void Set(const std::string& yaml, bool complete = true) {
    PolicySnapshot snapshot{
        *Policies(yaml),
        std::shared_ptr<const sigstore::TrustedRoot>(&verification::TestRoot(), [](const auto*) {}),
        "test root", complete};
    policies_ = std::make_shared<const FixedPolicies>(std::move(snapshot));
  }

  // -- What the registry has.

  verification::MemorySource& memory() { return source_->memory; }
  crypto::Digest Unsigned(const std::string& tag) {
    const crypto::Digest digest = memory().PutImage(Cat("content of ", tag));
    memory().Tag(tag, digest);
    return digest;
  }
  crypto::Digest Publish(const std::string& tag) {
    const crypto::Digest digest = Unsigned(tag);
    memory().AttachBundle(verification::MintSignature(digest));
    return digest;
  }
  // As helm pushes it.
  crypto::Digest PublishChart(const std::string& tag, const std::string& tgz) {
    const auto chart = chart::Chart::FromArchive(tgz, "pushed");
    EXPECT_TRUE(chart.ok()) << chart.status();
    const std::string config = chart::WriteGoJson(ToNode(chart->metadata()));
    const auto blob = [&](const std::string& bytes, const char* type) {
      const oci::Descriptor stored = memory().PutBlob(bytes, type);
      return Cat(R"({"mediaType":")", type, R"(","digest":")", stored.digest.ToString(), R"(","size":)",
                 bytes.size(), "}");
    };
    const crypto::Digest digest = memory().PutManifest(
        Cat(R"({"schemaVersion":2,"config":)", blob(config, "application/vnd.cncf.helm.config.v1+json"),
            R"(,"layers":[)", blob(tgz, "application/vnd.cncf.helm.chart.content.v1.tar+gzip"), "]}"));
    memory().Tag(tag, digest);
    memory().AttachBundle(verification::MintSignature(digest));
    return digest;
  }

  // -- What is asked.

  static ReviewText FluxReview(const std::string& spec, std::string metadata = "{}") {
    return {.group = "source.toolkit.fluxcd.io",
            .kind = "OCIRepository",
            .resource = "ocirepositories",
            .object = Cat(R"({"metadata":)", metadata, R"(,"spec":)", spec, "}")};
  }
  // An OCIRepository of the chart, by this ref.
  static ReviewText ByRef(const std::string& ref) {
    return FluxReview(Cat(R"({"url":"oci://)", kCharts, R"(","ref":)", ref, "}"));
  }
  static ReviewText ReviewOf(std::string group, std::string kind, std::string object) {
    return {.group = std::move(group), .kind = std::move(kind), .resource = "x", .object = std::move(object)};
  }

  Decision Review(const ReviewText& text, Endpoint endpoint = Endpoint::kValidate,
                  absl::Duration time = absl::Seconds(20)) {
    const ChartSourceGate gate({policies_, verifier_, charts_, tags_, nullptr});
    PendingReview review{.request = text.Parsed(), .endpoint = endpoint};
    EXPECT_TRUE(gate.Covers(review.request));
    asked_nobody_ = true;
    if (auto decision = gate.Begin(review, now_)) return *std::move(decision);
    asked_nobody_ = false;
    return gate.Finish(review, absl::Now() + time);
  }
  Decision Mutate(const ReviewText& text) { return Review(text, Endpoint::kMutate); }

  void ExpectAllowed(const ReviewText& text) {
    const Decision decision = Review(text);
    EXPECT_TRUE(decision.response.allowed) << decision.response.message;
    EXPECT_EQ(decision.reason, Reason::kNone);
  }
  void ExpectDenied(const ReviewText& text, Reason reason, std::string_view part = "") {
    const Decision decision = Review(text);
    EXPECT_FALSE(decision.response.allowed);
    EXPECT_EQ(Name(decision.reason), Name(reason)) << decision.response.message;
    EXPECT_THAT(decision.response.message, testing::HasSubstr(std::string(part)));
  }

  static std::string Annotation(const Decision& decision, std::string_view key) {
    for (const auto& [name, value] : decision.response.audit_annotations) {
      if (name == key) return value;
    }
    return "";
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  const std::shared_ptr<GatedSource> source_ = std::make_shared<GatedSource>();
  const std::shared_ptr<SourcesBySecret> sources_ = std::make_shared<SourcesBySecret>();
  std::shared_ptr<const PolicySource> policies_;
  const std::shared_ptr<CachingImageVerifier> verifier_ =
      std::make_shared<CachingImageVerifier>(sources_, [this] { return now_; });
  const std::shared_ptr<HostWorkers> workers_{verifier_, &verifier_->workers()};
  const std::shared_ptr<ChartStore> charts_ = std::make_shared<ChartStore>(
      ChartStore::Parts{verifier_, sources_, workers_, nullptr, [] { return absl::Now(); }});
  const std::shared_ptr<TagResolver> tags_ = std::make_shared<TagResolver>(sources_, workers_);
  bool asked_nobody_ = false;
};

}  // namespace chartseal::webhook
