// What verifying one bundle costs beyond the signature checks that nobody can avoid. For each shape the bench
// runs the whole verification (JSON parsing and identity included) and, with OpenSSL alone, the signature
// checks that the bundle contains, and prints the ratio of the two from the same run.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdio>
#include <map>
#include <memory>

#include "tests/sandbox/mint.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/crypto/der_reader.h"
#include "verifier/policy/identity.h"
#include "verifier/sigstore/verify.h"

namespace chartseal {
namespace {

constexpr double kAllowedRatio = 1.3;

// One signature check: a decoded key and a well-formed signature. ECDSA and Ed25519 do the same work whether
// or not the message is the signed one, so any message of the right length will do.
struct RawCheck {
  EVP_PKEY* key;
  const EVP_MD* digest;  // nullptr for Ed25519
  std::string message;
  std::string signature;

  void Run() const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key);
    benchmark::DoNotOptimize(
        EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                         reinterpret_cast<const unsigned char*>(message.data()), message.size()));
    EVP_MD_CTX_free(context);
  }
};

// A fresh key's signature over `length` bytes: what a check of this kind costs.
RawCheck MakeCheck(const char* type, const char* group, size_t length) {
  EVP_PKEY* key = group == nullptr ? EVP_PKEY_Q_keygen(nullptr, nullptr, type)
                                   : EVP_PKEY_Q_keygen(nullptr, nullptr, type, group);
  RawCheck check{key, nullptr, std::string(length, 'm'), std::string(256, '\0')};
  if (group != nullptr) check.digest = std::string_view(group) == "P-384" ? EVP_sha384() : EVP_sha256();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  size_t size = check.signature.size();
  EVP_DigestSignInit(context, nullptr, check.digest, nullptr, key);
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(check.signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(check.message.data()), check.message.size());
  EVP_MD_CTX_free(context);
  check.signature.resize(size);
  return check;
}

struct Subject {
  std::string name;
  std::string bundle;
  std::string digest;
  std::vector<RawCheck> raw;
};

sandbox::Sigstore& Sandbox() {
  static auto* sandbox = new sandbox::Sigstore;
  return *sandbox;
}

const sigstore::TrustedRoot& Root() {
  static auto* root = new sigstore::TrustedRoot(
      sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(Sandbox()), "sandbox").value());
  return *root;
}

Subject Make(std::string name, const sandbox::MintRequest& request, std::vector<RawCheck> raw) {
  const sandbox::Minted minted = Sandbox().MintDetailed(request);
  return {std::move(name), minted.bundle_json, "sha256:" + minted.artifact_sha256, std::move(raw)};
}

// Lengths are those of the real messages: statement, certificate body, SCT, SET, checkpoint, signed
// attributes.
std::vector<Subject> Subjects() {
  const auto content = MakeCheck("EC", "P-256", 250);
  const auto leaf = MakeCheck("EC", "P-384", 900);
  const auto sct = MakeCheck("EC", "P-256", 950);
  const auto set = MakeCheck("EC", "P-256", 1500);
  const auto checkpoint_v1 = MakeCheck("EC", "P-256", 120);
  const auto checkpoint_v2 = MakeCheck("ED25519", nullptr, 120);
  const auto token = MakeCheck("EC", "P-256", 200);
  sandbox::MintRequest rekor_v1;
  sandbox::MintRequest rekor_v2;
  rekor_v2.logs = {sandbox::LogRequest::V2()};
  rekor_v2.timestamps = {sandbox::TimestampRequest{}};
  std::vector<Subject> subjects;
  subjects.push_back(Make("rekor-v1", rekor_v1, {content, leaf, sct, set, checkpoint_v1}));
  subjects.push_back(Make("rekor-v2", rekor_v2, {content, leaf, sct, checkpoint_v2, token}));
  return subjects;
}

void VerifyOnce(const Subject& subject, const policy::Identity& identity) {
  const auto bundle = sigstore::Bundle::ParseJson(subject.bundle, "bench");
  const auto digest = crypto::Digest::Parse(subject.digest);
  const auto verified = sigstore::VerifyBundle(*bundle, {*digest, std::nullopt}, Root(), {});
  if (!verified.ok() || !identity.Check(*verified->claims).ok()) {
    std::fprintf(stderr, "the bench's own bundle does not verify: %s\n",
                 verified.ok() ? "identity" : verified.rejection().ToString().c_str());
    std::exit(1);
  }
}

void RunWhole(benchmark::State& state, const Subject& subject) {
  const policy::Identity identity{
      {policy::TextMatcher::Matching(policy::Regexp::Compile("https://.+").value())},
      {policy::TextMatcher::Matching(policy::Regexp::Compile("https://.+").value())},
      {}};
  for ([[maybe_unused]] auto _ : state) VerifyOnce(subject, identity);
}

void RunRaw(benchmark::State& state, const Subject& subject) {
  for ([[maybe_unused]] auto _ : state) {
    for (const RawCheck& check : subject.raw) check.Run();
  }
}

// Keeps the best repetition of each run: the machine's noise only ever adds.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const double time = run.GetAdjustedCPUTime();
      auto [found, added] = best_.try_emplace(run.run_name.function_name, time);
      if (!added) found->second = std::min(found->second, time);
    }
  }

  void PrintRatio(const std::string& name) const {
    const double ratio = best_.at("whole/" + name) / best_.at("raw/" + name);
    std::printf("%-10s whole verification / raw signature checks = %.2f (%s %.1f)\n", name.c_str(), ratio,
                ratio <= kAllowedRatio ? "within" : "OVER", kAllowedRatio);
  }

 private:
  std::map<std::string, double> best_;
};

}  // namespace
}  // namespace chartseal

int main(int argc, char** argv) {
  using namespace chartseal;
  benchmark::Initialize(&argc, argv);
  const std::vector<Subject> subjects = Subjects();
  for (const Subject& subject : subjects) {
    benchmark::RegisterBenchmark(("whole/" + subject.name).c_str(),
                                 [&](benchmark::State& s) { RunWhole(s, subject); })
        ->Repetitions(7)
        ->MinTime(0.1);
    benchmark::RegisterBenchmark(("raw/" + subject.name).c_str(),
                                 [&](benchmark::State& s) { RunRaw(s, subject); })
        ->Repetitions(7)
        ->MinTime(0.1);
  }
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  for (const Subject& subject : subjects) reporter.PrintRatio(subject.name);
  return 0;
}
