#include "tests/webhook/release_world.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/time/clock.h"
#include "test_directories.h"
#include "tests/chart/release_writer.h"
#include "tests/sandbox/cosign_layout.h"
#include "tests/verification/minted.h"
#include "verifier/base/encoding.h"
#include "verifier/base/file.h"
#include "verifier/chart/chart.h"
#include "verifier/oci/registry_client.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::webhook {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kVectors[] = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";
constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";

// Gzip that was written elsewhere is unpacked by the system's zlib, not by the reader under test.
std::string Gunzip(const std::string& gzip) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(64 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::vector<RecordedSecret> ReadRecorded() {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kVectors)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("helm-") && name.ends_with(".json")) files.insert(name);
  }
  std::vector<RecordedSecret> recorded;
  for (const std::string& file : files) {
    Json json = Json::parse(ReadFile(kVectors + file, 4 << 20).value());
    recorded.push_back({file, json["method"], json["secret"]});
  }
  EXPECT_EQ(recorded.size(), 24u) << "the shared test data must lie beside the tree";
  return recorded;
}

std::string Descriptor(const std::string& type, const std::string& digest, size_t size) {
  return Cat(R"({"mediaType":")", type, R"(","digest":")", digest, R"(","size":)", size, "}");
}

ReviewText ReviewOf(const Json& secret, std::string_view operation) {
  const bool map = secret["kind"] == "ConfigMap";
  return {.kind = map ? "ConfigMap" : "Secret",
          .resource = map ? "configmaps" : "secrets",
          .operation = std::string(operation),
          .namespace_name = "newns",
          .object = secret.dump()};
}

}  // namespace

const std::vector<RecordedSecret>& RecordedSecrets() {
  static const auto* const recorded = new std::vector<RecordedSecret>(ReadRecorded());
  return *recorded;
}

Json RecordIn(const Json& secret) {
  const std::string inner = Base64Decode(secret["data"]["release"].get<std::string>()).value();
  return Json::parse(Gunzip(Base64Decode(inner).value()));
}

Json WithRecord(Json secret, const std::string& record_json) {
  secret["data"]["release"] = chart::Base64(chart::Encoded(record_json));
  return secret;
}

Json WithRecord(Json secret, const Json& record) { return WithRecord(std::move(secret), record.dump()); }

ReleaseWorld::ReleaseWorld() : registry_(sandbox::Registry::Start().value()) {
  oci::RegistryOptions options;
  options.plain_http_hosts = {registry_->host()};
  options.retry.attempts = 1;  // an outage is told at once, and alike each time
  const auto sources = std::make_shared<FixedSource>(oci::RegistryClient::Create(options).value());
  const net::Clock clock = [this] { return absl::Now() + later_.load(); };
  verifier_ = std::make_shared<CachingImageVerifier>(sources, clock);
  policies_ = std::make_shared<SwappedPolicies>();
  charts_ = std::make_shared<ChartStore>(
      ChartStore::Parts{.verifier = verifier_,
                        .sources = sources,
                        .workers = std::shared_ptr<HostWorkers>(verifier_, &verifier_->workers()),
                        .policies = policies_,
                        .clock = clock});
  gate_ = std::make_unique<ReleaseGate>(ReleaseGate::Parts{
      .policies = policies_, .verifier = images_, .charts = charts_, .labels = nullptr, .clock = clock});
  Use(PolicyText());
}

ReleaseWorld::~ReleaseWorld() = default;

std::string ReleaseWorld::TracecoreArchive() {
  return ReadFile(Cat(kVectors, "tracecore-0.3.1.tgz"), 4 << 20).value();
}

std::string ReleaseWorld::Push(const std::string& repository, const std::string& tgz) {
  const auto chart = chart::Chart::FromArchive(tgz, "test chart");
  EXPECT_TRUE(chart.ok()) << chart.status();
  const std::string config = WriteJson(chart::ToNode(chart->metadata()));
  const std::string config_digest = registry_->PutBlob(repository, config);
  const std::string layer_digest = registry_->PutBlob(repository, tgz);
  return registry_->PutManifest(
      repository, kManifestType,
      Cat(R"({"schemaVersion":2,"config":)",
          Descriptor("application/vnd.cncf.helm.config.v1+json", config_digest, config.size()),
          R"(,"layers":[)",
          Descriptor("application/vnd.cncf.helm.chart.content.v1.tar+gzip", layer_digest, tgz.size()), "]}"));
}

void ReleaseWorld::Sign(const std::string& repository, const std::string& digest) {
  SignBy(sandbox::MintRequest().identity, repository, digest);
}

void ReleaseWorld::SignBy(const sandbox::Identity& identity, const std::string& repository,
                          const std::string& digest) {
  sandbox::MintRequest request;
  request.identity = identity;
  const auto manifest = sandbox::MintReferrer(verification::TestSigstore(), {digest, 2}, request);
  for (const sandbox::OciBlob& blob : manifest.blobs) registry_->PutBlob(repository, blob.bytes);
  registry_->PutManifest(repository, manifest.media_type, manifest.bytes);
}

std::string ReleaseWorld::Publish() {
  const std::string digest = PushTracecore();
  Sign(kTracecore, digest);
  registry_->Tag(kTracecore, kTracecoreVersion, digest);
  return digest;
}

size_t ReleaseWorld::Requests() {
  const size_t count = registry_->log().size();
  registry_->log().Clear();
  return count;
}

std::string ReleaseWorld::PolicyText(const ReleasePolicy& policy) const {
  return Cat(
      "apiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\nmetadata: { name: charts }\nspec:\n",
      "  mode: ", policy.mode, "\n  noMatch: ", policy.no_match, "\n  match: { charts: [\"",
      registry_->host(), "/", policy.charts, "\"] }\n",
      "  helmReleases: { unboundSubcharts: ", policy.unbound_subcharts, " }\n",
      "  authorities:\n  - name: release\n    keyless:\n      identities:\n      - { issuer: \"",
      verification::kIssuer, "\", subject: \"", verification::kIdentity, "\" }\n", policy.extra);
}

void ReleaseWorld::Use(const std::string& policies, bool complete) {
  auto set = policy::ParsePolicyFile(policies, "test.yaml");
  ASSERT_TRUE(set.ok()) << set.status();
  auto snapshot = std::make_shared<PolicySnapshot>();
  snapshot->policies = *std::move(set);
  snapshot->root =
      std::shared_ptr<const sigstore::TrustedRoot>(&verification::TestRoot(), [](const auto*) {});
  snapshot->root_fingerprint = "test root";
  snapshot->complete = complete;
  static_cast<SwappedPolicies&>(*policies_).snapshot = std::move(snapshot);
}

Decision ReleaseWorld::Review(const ReviewText& review, absl::Duration time) {
  PendingReview pending{.request = review.Parsed()};
  EXPECT_TRUE(gate_->Covers(pending.request));
  auto begun = gate_->Begin(pending, absl::Now());
  began_ = begun.has_value();
  if (began_) return *std::move(begun);
  return gate_->Finish(pending, absl::Now() + time);
}

Decision ReleaseWorld::Create(const Json& secret) { return Review(ReviewOf(secret, "CREATE")); }

Decision ReleaseWorld::Update(const Json& old_secret, const Json& secret) {
  ReviewText review = ReviewOf(secret, "UPDATE");
  review.old_object = old_secret.dump();
  return Review(review);
}

Decision ReleaseWorld::CreateChanged(const std::function<void(Json&)>& change) {
  const Json& secret = RecordedSecrets().front().secret;
  Json record = RecordIn(secret);
  change(record);
  return Create(WithRecord(secret, record));
}

std::string ReleaseWorld::Annotation(const Decision& decision, std::string_view key) {
  for (const auto& [name, value] : decision.response.audit_annotations) {
    if (name == key) return value;
  }
  return "";
}

}  // namespace chartseal::webhook
