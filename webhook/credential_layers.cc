#include "webhook/credential_layers.h"

#include <algorithm>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using oci::Reference;

constexpr size_t kLayers = 4;  // credentials tried for one repository, the global ones included

// The one of a keyring's credentials that stands at `rank`, or the global ones where it has no more.
class RankedCredentials : public oci::CredentialSource {
 public:
  RankedCredentials(std::shared_ptr<const oci::Keyring> keyring, size_t rank,
                    std::shared_ptr<oci::CredentialSource> otherwise)
      : keyring_(std::move(keyring)), rank_(rank), otherwise_(std::move(otherwise)) {}

  absl::StatusOr<oci::Credential> ForHost(std::string_view host, absl::Time deadline) override {
    return ForRepository(host, "", deadline);
  }

  absl::StatusOr<oci::Credential> ForRepository(std::string_view host, std::string_view repository,
                                                absl::Time deadline) override {
    auto found = keyring_->For(host, repository);
    if (rank_ < std::min(found.size(), kLayers - 1)) return std::move(found[rank_]);
    return otherwise_->ForRepository(host, repository, deadline);
  }

 private:
  std::shared_ptr<const oci::Keyring> keyring_;
  size_t rank_;
  std::shared_ptr<oci::CredentialSource> otherwise_;
};

bool TurnedAway(const absl::Status& status) { return ReasonOf(status) == Reason::kUnauthorized; }

class LayeredSource : public oci::ArtifactSource {
 public:
  LayeredSource(std::shared_ptr<const oci::Keyring> keyring,
                std::vector<std::shared_ptr<oci::ArtifactSource>> layers)
      : keyring_(std::move(keyring)), layers_(std::move(layers)) {}

  absl::StatusOr<oci::Descriptor> ResolveTag(const Reference& reference, absl::Time deadline) override {
    return Try(reference, [&](ArtifactSource& layer) { return layer.ResolveTag(reference, deadline); });
  }
  absl::StatusOr<oci::ManifestBytes> FetchManifest(const Reference& repository, const crypto::Digest& digest,
                                                   size_t max_bytes, absl::Time deadline) override {
    return Try(repository, [&](ArtifactSource& layer) {
      return layer.FetchManifest(repository, digest, max_bytes, deadline);
    });
  }
  absl::StatusOr<oci::ManifestBytes> FetchManifestByTag(const Reference& repository, std::string_view tag,
                                                        size_t max_bytes, absl::Time deadline) override {
    return Try(repository, [&](ArtifactSource& layer) {
      return layer.FetchManifestByTag(repository, tag, max_bytes, deadline);
    });
  }
  absl::StatusOr<std::string> FetchBlob(const Reference& repository, const oci::Descriptor& blob,
                                        size_t max_bytes, absl::Time deadline) override {
    return Try(repository,
               [&](ArtifactSource& layer) { return layer.FetchBlob(repository, blob, max_bytes, deadline); });
  }
  absl::StatusOr<oci::ReferrersResult> ListReferrers(const Reference& repository,
                                                     const crypto::Digest& digest,
                                                     absl::Time deadline) override {
    return Try(repository,
               [&](ArtifactSource& layer) { return layer.ListReferrers(repository, digest, deadline); });
  }
  absl::StatusOr<std::vector<std::string>> ListTags(const Reference& repository,
                                                    absl::Time deadline) override {
    return Try(repository, [&](ArtifactSource& layer) { return layer.ListTags(repository, deadline); });
  }

 private:
  // When all are turned away, what the first was told counts: it is the one that was meant.
  template <typename Call>
  std::invoke_result_t<Call, ArtifactSource&> Try(const Reference& reference, Call call) {
    auto first = call(*layers_[0]);
    if (first.ok() || !TurnedAway(first.status())) return first;
    const size_t fitting = keyring_->For(reference.host(), reference.repository()).size();
    for (size_t rank = 1; rank < layers_.size() && rank <= fitting; ++rank) {
      auto next = call(*layers_[rank]);
      if (next.ok() || !TurnedAway(next.status())) return next;
    }
    return first;
  }

  const std::shared_ptr<const oci::Keyring> keyring_;
  const std::vector<std::shared_ptr<oci::ArtifactSource>> layers_;  // by rank, never empty
};

class DoubtfulSource : public oci::ArtifactSource {
 public:
  DoubtfulSource(std::shared_ptr<oci::ArtifactSource> source, absl::Status doubt)
      : source_(std::move(source)), doubt_(std::move(doubt)) {}

  absl::StatusOr<oci::Descriptor> ResolveTag(const Reference& reference, absl::Time deadline) override {
    return Judge(source_->ResolveTag(reference, deadline), true);
  }
  absl::StatusOr<oci::ManifestBytes> FetchManifest(const Reference& repository, const crypto::Digest& digest,
                                                   size_t max_bytes, absl::Time deadline) override {
    return Judge(source_->FetchManifest(repository, digest, max_bytes, deadline), true);
  }
  // That a tag is missing is an answer: legacy signatures are looked for by tags that mostly are. Whether
  // anything can be read there, ListReferrers() finds out.
  absl::StatusOr<oci::ManifestBytes> FetchManifestByTag(const Reference& repository, std::string_view tag,
                                                        size_t max_bytes, absl::Time deadline) override {
    return Judge(source_->FetchManifestByTag(repository, tag, max_bytes, deadline), false);
  }
  absl::StatusOr<std::string> FetchBlob(const Reference& repository, const oci::Descriptor& blob,
                                        size_t max_bytes, absl::Time deadline) override {
    return Judge(source_->FetchBlob(repository, blob, max_bytes, deadline), true);
  }
  absl::StatusOr<oci::ReferrersResult> ListReferrers(const Reference& repository,
                                                     const crypto::Digest& digest,
                                                     absl::Time deadline) override {
    auto listed = Judge(source_->ListReferrers(repository, digest, deadline), true);
    if (!listed.ok() || !listed->descriptors.empty()) return listed;
    // Some registries say that there is nothing where they mean that it is not ours to see.
    RETURN_IF_ERROR(FetchManifest(repository, digest, limits::kMaxManifestBytes, deadline).status());
    return listed;
  }
  absl::StatusOr<std::vector<std::string>> ListTags(const Reference& repository,
                                                    absl::Time deadline) override {
    return Judge(source_->ListTags(repository, deadline), true);
  }

 private:
  template <typename T>
  absl::StatusOr<T> Judge(absl::StatusOr<T> result, bool missing_is_doubtful) const {
    const Reason reason = ReasonOf(result.status());
    const bool doubtful =
        reason == Reason::kUnauthorized || (missing_is_doubtful && reason == Reason::kNotFound);
    if (!doubtful) return result;
    return Annotate(doubt_, Cat(Message(result.status()), "; not all pull credentials could be used"));
  }

  const std::shared_ptr<oci::ArtifactSource> source_;
  const absl::Status doubt_;
};

}  // namespace

std::shared_ptr<oci::ArtifactSource> MakeLayeredSource(std::shared_ptr<net::HttpClient> http,
                                                       const oci::RegistryOptions& options,
                                                       std::shared_ptr<const oci::Keyring> keyring) {
  std::vector<std::shared_ptr<oci::ArtifactSource>> layers;
  const size_t count = keyring->empty() ? 1 : kLayers;
  for (size_t rank = 0; rank < count; ++rank) {
    oci::RegistryOptions own = options;
    own.credentials = std::make_shared<RankedCredentials>(keyring, rank, options.credentials);
    layers.push_back(oci::RegistryClient::CreateOver(http, std::move(own)));
  }
  return std::make_shared<LayeredSource>(std::move(keyring), std::move(layers));
}

std::shared_ptr<oci::ArtifactSource> MakeDoubtfulSource(std::shared_ptr<oci::ArtifactSource> source,
                                                        absl::Status doubt) {
  return std::make_shared<DoubtfulSource>(std::move(source), std::move(doubt));
}

}  // namespace chartseal::webhook
