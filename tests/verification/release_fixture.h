#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/chart/release_writer.h"
#include "tests/oci/client_fixture.h"
#include "tests/verification/minted.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/go_json.h"
#include "verifier/verification/release_verifier.h"

// Charts in the sandbox's registry, signed by the tests' own Sigstore, and releases of them.
namespace chartseal::verification {

inline constexpr char kImageManifest[] = "application/vnd.oci.image.manifest.v1+json";

// A chart as helm pushes it, and what is attached to it.
class ChartRegistry {
 public:
  std::string host() const { return registry_->host(); }
  std::string Place(const std::string& repository) const { return Cat(host(), "/", repository); }
  sandbox::Registry& server() { return *registry_; }

  // `config` other than "" replaces what the config blob says of the chart.
  crypto::Digest Push(const std::string& repository, const std::string& tag, const std::string& tgz,
                      std::string config = "") {
    const auto chart = chart::Chart::FromArchive(tgz, "pushed");
    EXPECT_TRUE(chart.ok()) << chart.status();
    if (config.empty()) config = chart::WriteGoJson(ToNode(chart->metadata()));
    const std::string manifest =
        Cat(R"({"schemaVersion":2,"config":)",
            Blob(repository, "application/vnd.cncf.helm.config.v1+json", config), R"(,"layers":[)",
            Blob(repository, "application/vnd.cncf.helm.chart.content.v1.tar+gzip", tgz), "]}");
    const std::string digest = registry_->PutManifest(repository, kImageManifest, manifest);
    registry_->Tag(repository, tag, digest);
    return crypto::Digest::Parse(digest).value();
  }
  crypto::Digest PushSigned(const std::string& repository, const std::string& tag, const std::string& tgz) {
    const crypto::Digest digest = Push(repository, tag, tgz);
    Attach(repository, digest, MintSignature(digest));
    return digest;
  }

  void Attach(const std::string& repository, const crypto::Digest& subject, const std::string& bundle) {
    registry_->PutManifest(repository, kImageManifest,
                           Cat(R"({"schemaVersion":2,"mediaType":")", kImageManifest, R"(","config":)",
                               Blob(repository, "application/vnd.oci.empty.v1+json", "{}"), R"(,"layers":[)",
                               Blob(repository, "application/vnd.dev.sigstore.bundle.v0.3+json", bundle),
                               R"(],"subject":{"mediaType":")", kImageManifest, R"(","digest":")",
                               subject.ToString(), R"(","size":1}})"));
  }

  // The statement of the content fingerprint.
  void State(const std::string& repository, const crypto::Digest& subject, const std::string& fingerprint) {
    sandbox::MintRequest request = RequestFor(subject);
    request.statement.predicate_type = chart::kContentPredicate;
    request.statement.predicate_json = Cat(R"({"fingerprint":{"version":1,"sha256":")", fingerprint,
                                           R"("},"chart":{"name":"a","version":"1"}})");
    Attach(repository, subject, TestSigstore().Mint(request));
  }

  size_t BlobRequests() { return registry_->log().Count("GET", "*/blobs/*"); }

 private:
  std::string Blob(const std::string& repository, const std::string& type, const std::string& bytes) {
    return Cat(R"({"mediaType":")", type, R"(","digest":")", registry_->PutBlob(repository, bytes),
               R"(","size":)", bytes.size(), "}");
  }

  std::unique_ptr<sandbox::Registry> registry_ = oci::StartRegistry();
};

// One VerificationPolicy over charts.
struct PolicySpec {
  std::string name = "release";
  std::string charts;  // a glob
  std::string mode = "enforce";
  std::string unbound = "deny";
  std::string subject = std::string(kIdentity);
};

inline policy::PolicySet PoliciesOf(const std::vector<PolicySpec>& specs,
                                    std::string_view no_match = "deny") {
  std::string yaml;
  for (const PolicySpec& spec : specs) {
    yaml += Cat(yaml.empty() ? "" : "---\n", "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\n",
                "metadata: { name: ", spec.name, " }\nspec:\n  noMatch: ", no_match, "\n  mode: ", spec.mode,
                "\n  match: { charts: [\"", spec.charts,
                "\"] }\n  helmReleases: { unboundSubcharts: ", spec.unbound,
                " }\n  authorities:\n  - name: release\n    keyless:\n      identities:\n",
                "      - { issuer: \"", kIssuer, "\", subject: \"", spec.subject, "\" }\n");
  }
  auto set = policy::ParsePolicyFile(yaml, "policy.yaml");
  EXPECT_TRUE(set.ok()) << set.status() << "\n" << yaml;
  return *std::move(set);
}

// -- Charts and their records. The record is written from the chart's files, as helm's structs become JSON.

using Files = std::vector<std::pair<std::string, std::string>>;

inline std::string TgzOf(const std::string& name, const Files& files) {
  chart::TarWriter tar;
  for (const auto& [path, bytes] : files) tar.Add(Cat(name, "/", path), bytes);
  return chart::Tgz(tar);
}

inline nlohmann::json RecordOf(const std::string& tgz, const std::string& manifest) {
  const chart::Chart chart = chart::Chart::FromArchive(tgz, "recorded").value();
  const auto list = [](const std::vector<chart::File>& files) {
    auto out = nlohmann::json::array();
    for (const chart::File& file : files) {
      out.push_back({{"name", file.name}, {"data", chart::Base64(file.bytes)}});
    }
    return out;
  };
  nlohmann::json record = {{"name", "rel"},
                           {"info", {{"status", "pending-install"}}},
                           {"manifest", manifest},
                           {"version", 1},
                           {"namespace", "shop"}};
  record["chart"]["metadata"] = nlohmann::json::parse(chart::WriteGoJson(ToNode(chart.metadata())));
  record["chart"]["lock"] = nullptr;
  if (chart.lock()) {
    record["chart"]["lock"] = nlohmann::json::parse(chart::WriteGoJson(ToNode(*chart.lock())));
  }
  record["chart"]["templates"] = list(chart.templates());
  record["chart"]["files"] = list(chart.files());
  record["chart"]["schema"] = nullptr;
  if (chart.schema()) record["chart"]["schema"] = chart::Base64(chart.schema()->bytes);
  return record;
}

inline chart::Release ReadRecord(const nlohmann::json& record) {
  auto release = chart::ReadReleaseJson(record.dump(), "record");
  EXPECT_TRUE(release.ok()) << release.status();
  return *std::move(release);
}

// "no chart-content-mismatch", "could-not-tell registry-unreachable", "yes", of what decided.
inline std::string Told(const ReleaseReport& report) {
  const Answer answer = report.answer();
  if (answer == Answer::kYes) return report.warnings.empty() ? "yes" : "yes, warned";
  for (const Ruling& ruling : report.rulings) {
    if (ruling.answer == answer) {
      return Cat(Name(answer), " ", chartseal::Name(ruling.reason),
                 ruling.effect == Effect::kDeny ? "" : Cat(" (", Name(ruling.effect), ")"));
    }
  }
  return "nothing";
}

// A registry with charts, policies over it, and the verifier of the command line.
class ReleaseTest : public ::testing::Test {
 protected:
  ReleaseReport Verify(const chart::Release& release, absl::Time deadline = oci::Soon()) {
    return VerifyRelease(release, {.policies = policies_, .namespace_name = "shop"}, charts_, deadline);
  }
  // As Told(); checks that there is a line for people exactly when the release is denied.
  std::string Verdict(const chart::Release& release) {
    report_ = Verify(release);
    const std::string line = DenialLine(report_);
    EXPECT_EQ(line.empty(), report_.Denial() == nullptr) << line;
    return Told(report_);
  }
  void SetPolicy(PolicySpec spec) {
    spec.charts = Cat(registry_.host(), "/charts/*");
    policies_ = PoliciesOf({spec});
  }

  ChartRegistry registry_;
  policy::PolicySet policies_ = PoliciesOf({{.charts = Cat(registry_.host(), "/charts/*")}});
  std::shared_ptr<oci::RegistryClient> client_ = oci::StartClient();
  RegistryCharts charts_{*client_,
                         std::shared_ptr<const sigstore::TrustedRoot>(&TestRoot(), [](const auto*) {})};
  ReleaseReport report_;  // of the last Verdict()
};

}  // namespace chartseal::verification
