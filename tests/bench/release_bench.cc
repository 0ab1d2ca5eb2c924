// What a release costs at admission when its chart is known: its record decoded, and decided. And what a
// chart costs once: unpacked and its content fingerprinted. Each beside what cannot be left out: to unpack
// the same bytes and hash them. Ratios of times of one run.

#include <openssl/sha.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "test_directories.h"
#include "tests/chart/release_writer.h"
#include "tests/verification/fake_charts.h"
#include "verifier/base/encoding.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/go_json.h"
#include "verifier/chart/release_object.h"
#include "verifier/verification/release_verifier.h"

namespace chartseal::verification {
namespace {

constexpr char kReference[] = "ghcr.io/acme/charts/app:1.2.3";

// Text as templates are made of, which packs as they do; `seed` makes it distinct.
std::string TemplateText(size_t bytes, unsigned seed) {
  std::string out = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n";
  for (unsigned line = 0; out.size() < bytes; ++line) {
    seed = seed * 1664525 + 1013904223;
    out += Cat("  field", seed % 997, ": {{ .Values.section", seed >> 20, ".value", line, " | quote }}\n");
  }
  return out;
}

std::string ChartArchive(size_t bytes) {
  constexpr size_t kFileBytes = 4 << 10;
  chart::TarWriter tar;
  tar.Add("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n");
  for (unsigned i = 0; i < bytes / kFileBytes; ++i) {
    tar.Add(Cat("app/templates/t", i, ".yaml"), TemplateText(kFileBytes, i));
  }
  return chart::Tgz(tar);
}

std::string Record(const chart::Chart& chart) {
  nlohmann::json record = {{"name", "rel"}, {"namespace", "shop"}, {"version", 1}};
  record["chart"]["metadata"] = nlohmann::json::parse(chart::WriteGoJson(ToNode(chart.metadata())));
  std::string manifest;
  for (const chart::File& file : chart.templates()) {
    record["chart"]["templates"].push_back({{"name", file.name}, {"data", chart::Base64(file.bytes)}});
    manifest += Cat("---\n# Source: app/", file.name, "\n", file.bytes);
  }
  record["manifest"] = manifest;
  return chart::Encoded(record.dump());
}

// With zlib and OpenSSL alone.
std::string Gunzip(std::string_view gzip) {
  z_stream stream = {};
  inflateInit2(&stream, MAX_WBITS + 16);
  uint32_t size = 0;  // as the last bytes say
  std::memcpy(&size, gzip.data() + gzip.size() - sizeof size, sizeof size);
  std::string out(size, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = inflate(&stream, Z_FINISH);
  out.resize(end == Z_STREAM_END ? stream.total_out : 0);
  inflateEnd(&stream);
  return out;
}

bool UnpackAndHash(std::string_view gzip) {
  const std::string bytes = Gunzip(gzip);
  unsigned char hash[SHA256_DIGEST_LENGTH];
  return SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash) != nullptr &&
         !bytes.empty();
}

// Of this thread, whatever else the machine is busy with.
double ProcessorSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The best of some rounds: what disturbs one only makes it longer.
template <typename Run>
double SecondsOf(Run run) {
  double best = -1;
  for (int i = 0; i < 25; ++i) {
    const double begin = ProcessorSeconds();
    if (!run()) return -1;
    const double took = ProcessorSeconds() - begin;
    if (best < 0 || took < best) best = took;
  }
  return best;
}

bool Report(const char* what, size_t bytes, double took, double base) {
  if (took <= 0 || base <= 0) {
    std::fprintf(stderr, "release_bench: %s failed\n", what);
    return false;
  }
  std::printf("%s (%zu KiB unpacked): %.2f times as long as gunzip and SHA-256 of the same bytes (%.2f ms)\n",
              what, bytes >> 10, took / base, base * 1e3);
  return true;
}

policy::PolicySet Policies() {
  policy::Policy policy;
  policy.name = "release";
  policy.charts.push_back(policy::Glob::Parse("ghcr.io/acme/charts/*").value());
  policy::PolicySet set;
  set.policies.push_back(std::move(policy));
  return set;
}

bool BenchChart() {
  const std::string tgz = ChartArchive(1 << 20);
  const auto fingerprint = [&] {
    const auto chart = chart::Chart::FromArchive(tgz, "app.tgz");
    return chart.ok() && chart::ContentFingerprint(*chart).size() == 64;
  };
  const auto base = [&] { return UnpackAndHash(tgz); };
  return Report("fingerprint of a chart archive", Gunzip(tgz).size(), SecondsOf(fingerprint),
                SecondsOf(base));
}

bool BenchRelease(const char* what, size_t chart_bytes) {
  const auto chart = std::make_shared<const chart::Chart>(
      chart::Chart::FromArchive(ChartArchive(chart_bytes), "app").value());
  const std::string encoded = Record(*chart);
  FakeCharts charts;
  charts.At(kReference) = {
      .chart = chart, .refused_by = {}, .untold_by = {}, .fingerprint = chart::ContentFingerprint(*chart)};
  const policy::PolicySet policies = Policies();
  const auto decide = [&] {
    const auto release = chart::ReadRelease(encoded, "record");
    if (!release.ok()) return false;
    const ReleaseReport report = VerifyRelease(*release, {.policies = policies, .namespace_name = "shop"},
                                               charts, absl::InfiniteFuture());
    return report.answer() == Answer::kYes;
  };
  const std::string gzip = Base64Decode(encoded).value();
  const auto base = [&] { return UnpackAndHash(gzip); };
  return Report(what, Gunzip(gzip).size(), SecondsOf(decide), SecondsOf(base));
}

// A Secret that helm 4.1 wrote, of a chart with a vendored subchart: the whole object, as the API server has
// it.
bool BenchRecorded() {
  const std::string vectors = CHARTSEAL_SOURCE_DIR "/../shared/vectors/helm-release/";
  if (!std::filesystem::exists(vectors)) {
    std::printf("recorded Secret: not run, since the shared test data is not beside the tree\n");
    return true;
  }
  const auto recorded = nlohmann::json::parse(
      ReadFile(vectors + "helm-4.1-01-post-pending-install-rev1.json", limits::kMaxReleaseBytes).value());
  const std::string secret = recorded["secret"].dump();
  const auto chart = std::make_shared<const chart::Chart>(
      chart::Chart::FromArchive(
          ReadFile(vectors + "tracecore-0.3.1.tgz", limits::kMaxChartArchiveBytes).value(), "tracecore")
          .value());
  FakeCharts charts;
  charts.At("ghcr.io/acme/charts/tracecore:0.3.1") = {
      .chart = chart, .refused_by = {}, .untold_by = {}, .fingerprint = chart::ContentFingerprint(*chart)};
  policy::PolicySet policies = Policies();
  policies.policies[0].unbound_subcharts = policy::UnboundSubcharts::kAllow;
  const auto decide = [&] {
    const auto object = ParseJson(secret, "secret");
    if (!object.ok()) return false;
    const auto encoded = chart::EncodedReleaseOf(*object, "secret");
    if (!encoded.ok()) return false;
    const auto release = chart::ReadRelease(*encoded, "record");
    if (!release.ok()) return false;
    const ReleaseReport report = VerifyRelease(*release, {.policies = policies, .namespace_name = "shop"},
                                               charts, absl::InfiniteFuture());
    return report.answer() == Answer::kYes;
  };
  const std::string outer = recorded["secret"]["data"]["release"];
  const std::string gzip = Base64Decode(Base64Decode(outer).value()).value();
  const auto base = [&] { return UnpackAndHash(gzip); };
  return Report("decoding and deciding a recorded Secret, warm", Gunzip(gzip).size(), SecondsOf(decide),
                SecondsOf(base));
}

}  // namespace
}  // namespace chartseal::verification

int main() {
  using namespace chartseal::verification;
  const bool ok = BenchChart() && BenchRecorded() &&
                  BenchRelease("decoding and deciding a release, warm", 32 << 10) &&
                  BenchRelease("decoding and deciding a large release, warm", 512 << 10);
  return ok ? 0 : 1;
}
