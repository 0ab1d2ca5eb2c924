#include "webhook/pull_sources.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/keyring.h"
#include "verifier/oci/mirrors.h"
#include "webhook/credential_layers.h"
#include "webhook/pull_secrets.h"

namespace chartseal::webhook {
namespace {

// Seldom: a mirror that was passed over is asked last for a while.
void LogPassedOver(std::string_view mirror, const absl::Status& why) {
  log::Warning("a mirror was passed over", {{"mirror", mirror}, {"error", Message(why)}});
}

class PullSources : public SourceProvider {
 public:
  PullSources(std::shared_ptr<net::HttpClient> http, PullSourceOptions options)
      : http_(std::move(http)), options_(std::move(options)) {
    if (options_.api != nullptr) secrets_.emplace(options_.api, options_.registry.clock);
  }

  absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> For(const PullContext& context,
                                                           absl::Time deadline) override {
    PullSecrets::Collected collected;
    if (secrets_.has_value()) collected = secrets_->Collect(context, deadline);
    const auto keyring = std::make_shared<const oci::Keyring>(std::move(collected.entries));
    const std::string fingerprint = keyring->Fingerprint();
    auto source = SourceOf(fingerprint, [&] { return MakeSource(keyring); });
    if (collected.doubt.ok()) return source;
    // Shared too, so that requests with the same doubt can share what is fetched.
    return SourceOf(Cat(fingerprint, "\n", Message(collected.doubt)),
                    [&] { return MakeDoubtfulSource(std::move(source), collected.doubt); });
  }

 private:
  struct Known {
    std::shared_ptr<oci::ArtifactSource> source;
    std::uint64_t last_used;
  };

  std::shared_ptr<oci::ArtifactSource> MakeSource(const std::shared_ptr<const oci::Keyring>& keyring) const {
    auto source = MakeLayeredSource(http_, options_.registry, keyring);
    if (options_.mirrors.empty()) return source;
    return std::make_shared<oci::MirroredSource>(std::move(source), options_.mirrors,
                                                 oci::MirrorOptions{options_.registry.clock, LogPassedOver});
  }

  template <typename Make>
  std::shared_ptr<oci::ArtifactSource> SourceOf(const std::string& key, Make make) {
    const std::lock_guard lock(mutex_);
    auto found = sources_.find(key);
    if (found == sources_.end()) {
      if (sources_.size() >= limits::kMaxCredentialSets) Evict();
      found = sources_.emplace(key, Known{make(), 0}).first;
    }
    found->second.last_used = ++uses_;
    return found->second.source;
  }

  // A walk over all is rare: only new credentials beyond the limit cause it.
  void Evict() {
    sources_.erase(std::min_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
      return a.second.last_used < b.second.last_used;
    }));
  }

  const std::shared_ptr<net::HttpClient> http_;
  const PullSourceOptions options_;
  std::optional<PullSecrets> secrets_;
  std::mutex mutex_;
  std::uint64_t uses_ = 0;
  std::map<std::string, Known> sources_;  // by fingerprint of the credentials, and the doubt if there is one
};

}  // namespace

absl::StatusOr<std::shared_ptr<SourceProvider>> MakePullSources(PullSourceOptions options) {
  ASSIGN_OR_RETURN(auto http, oci::RegistryClient::MakeHttp(options.registry));
  return MakePullSourcesOver(std::move(http), std::move(options));
}

std::shared_ptr<SourceProvider> MakePullSourcesOver(std::shared_ptr<net::HttpClient> http,
                                                    PullSourceOptions options) {
  return std::make_shared<PullSources>(std::move(http), std::move(options));
}

}  // namespace chartseal::webhook
