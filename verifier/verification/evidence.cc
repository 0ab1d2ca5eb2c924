#include "verifier/verification/evidence.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/manifest.h"
#include "verifier/verification/parallel.h"

namespace chartseal::verification {
namespace {

constexpr std::string_view kBundlePrefix = "application/vnd.dev.sigstore.bundle";
constexpr std::string_view kSimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr std::string_view kDsseLayer = "application/vnd.dsse.envelope.v1+json";

// Artifact types that other tools own and no Sigstore signature ever has. Anything else may be one of ours,
// because registries and clients fill in this field in different ways (spec/real-parts.md §5).
constexpr std::array<std::string_view, 6> kForeignTypes = {
    "application/vnd.cncf.notary.signature",   "application/spdx+json",
    "application/vnd.cyclonedx+json",          "application/vnd.aquasec.trivy.report.sarif.v1",
    "application/vnd.goharbor.harbor.sbom.v1", "application/vnd.cncf.helm.chart.provenance.v1.prov"};

bool IsForeign(const oci::Descriptor& descriptor) {
  return std::find(kForeignTypes.begin(), kForeignTypes.end(), descriptor.artifact_type) !=
         kForeignTypes.end();
}

class Fetcher {
 public:
  Fetcher(oci::ArtifactSource& source, const oci::Reference& repository, absl::Time deadline)
      : source_(source), repository_(repository), deadline_(deadline) {}

  void FetchReferrers(const crypto::Digest& digest) {
    auto listed = source_.ListReferrers(repository_, digest, deadline_);
    if (!listed.ok()) return AddGap(listed.status());
    std::vector<oci::Descriptor> wanted;
    for (oci::Descriptor& descriptor : listed->descriptors) {
      if (IsForeign(descriptor)) {
        AddOther(descriptor.digest, descriptor.artifact_type);
      } else {
        wanted.push_back(std::move(descriptor));
      }
    }
    KeepWithinLimit(wanted);
    ParallelFor(wanted.size(), limits::kMaxFetchThreads, [&](size_t i) { FetchReferrer(wanted[i]); });
  }

  void FetchTag(const crypto::Digest& digest, std::string_view suffix) {
    const std::string tag = oci::DigestTag(digest, suffix);
    auto fetched = source_.FetchManifestByTag(repository_, tag, limits::kMaxManifestBytes, deadline_);
    if (absl::IsNotFound(fetched.status())) return;
    if (!fetched.ok()) return AddGap(fetched.status());
    const std::string where = Cat(repository_.Name(), ":", tag);
    auto manifest = oci::Manifest::Parse(fetched->bytes, fetched->media_type, where);
    if (!manifest.ok()) return AddCandidate({Layout::kLegacyTag, where, manifest.status()});
    FetchLegacyLayers(*manifest, Layout::kLegacyTag, where);
  }

  Evidence Take() && { return std::move(evidence_); }

 private:
  // Sigstore's own type first, so that a crowd of others cannot push a signature out.
  void KeepWithinLimit(std::vector<oci::Descriptor>& descriptors) {
    std::stable_partition(descriptors.begin(), descriptors.end(), [](const oci::Descriptor& d) {
      return std::string_view(d.artifact_type).starts_with(kBundlePrefix);
    });
    if (descriptors.size() <= limits::kMaxReferrersRead) return;
    AddGap(WithReason(absl::ResourceExhaustedError(Cat(repository_.Name(), ": ", descriptors.size(),
                                                       " things are attached to the digest; only ",
                                                       limits::kMaxReferrersRead, " are looked at")),
                      Reason::kLimitExceeded));
    descriptors.erase(descriptors.begin() + limits::kMaxReferrersRead, descriptors.end());
  }

  void FetchReferrer(const oci::Descriptor& descriptor) {
    const std::string where = Cat(repository_.Name(), "@", descriptor.digest.ToString());
    auto fetched =
        source_.FetchManifest(repository_, descriptor.digest, limits::kMaxManifestBytes, deadline_);
    // A descriptor that points to nothing is what clean-up jobs leave in a fallback index: nothing is
    // attached.
    if (absl::IsNotFound(fetched.status())) return;
    if (!fetched.ok()) return AddGap(fetched.status());
    auto manifest = oci::Manifest::Parse(fetched->bytes, fetched->media_type, where);
    if (!manifest.ok()) return AddCandidate({Layout::kBundleReferrer, where, manifest.status()});
    const auto& layers = manifest->layers();
    if (layers.size() == 1 && std::string_view(layers[0].media_type).starts_with(kBundlePrefix)) {
      return FetchBundle(layers[0], where);
    }
    if (!layers.empty() && layers[0].media_type == kSimpleSigning) {
      return FetchLegacyLayers(*manifest, Layout::kLegacyReferrer, where);
    }
    AddOther(descriptor.digest, manifest->EffectiveArtifactType());
  }

  void FetchBundle(const oci::Descriptor& layer, const std::string& where) {
    auto blob = FetchWithinBudget(layer, limits::kMaxBundleBytes);
    if (!blob.ok()) return AddGap(Annotate(blob.status(), where));
    auto bundle = sigstore::Bundle::ParseJson(*blob, where);
    if (!bundle.ok()) return AddCandidate({Layout::kBundleReferrer, where, bundle.status()});
    AddCandidate({Layout::kBundleReferrer, where, *std::move(bundle)});
  }

  void FetchLegacyLayers(const oci::Manifest& manifest, Layout layout, const std::string& where) {
    if (manifest.layers().size() > limits::kMaxLegacySignatures) {
      return AddGap(WithReason(
          absl::ResourceExhaustedError(Cat(where, ": ", manifest.layers().size(),
                                           " layers, more than the limit of ", limits::kMaxLegacySignatures)),
          Reason::kLimitExceeded));
    }
    ParallelFor(manifest.layers().size(), limits::kMaxFetchThreads,
                [&](size_t i) { FetchLegacyLayer(manifest.layers()[i], layout, Cat(where, " layer ", i)); });
  }

  void FetchLegacyLayer(const oci::Descriptor& layer, Layout layout, const std::string& where) {
    using sigstore::LegacySignature;
    const bool dsse = layer.media_type == kDsseLayer;
    if (!dsse && layer.media_type != kSimpleSigning) return AddOther(layer.digest, layer.media_type);
    auto blob = FetchWithinBudget(layer, dsse ? limits::kMaxBundleBytes : limits::kMaxLegacyPayloadBytes);
    if (!blob.ok()) return AddGap(Annotate(blob.status(), where));
    auto signature =
        LegacySignature::Create(dsse ? LegacySignature::Kind::kDsse : LegacySignature::Kind::kSimpleSigning,
                                *std::move(blob), layer.annotations, where);
    if (!signature.ok()) return AddCandidate({layout, where, signature.status()});
    AddCandidate({layout, where, *std::move(signature)});
  }

  absl::StatusOr<std::string> FetchWithinBudget(const oci::Descriptor& layer, size_t max_bytes) {
    {
      const std::lock_guard lock(mutex_);
      budget_ -= std::min<int64_t>(layer.size, budget_ + 1);
      if (budget_ < 0) {
        return WithReason(absl::ResourceExhaustedError(Cat("what is attached to the digest has more than ",
                                                           limits::kMaxEvidenceBytes, " bytes in all")),
                          Reason::kLimitExceeded);
      }
    }
    return source_.FetchBlob(repository_, layer, max_bytes, deadline_);
  }

  void AddCandidate(Candidate candidate) {
    const std::lock_guard lock(mutex_);
    evidence_.candidates.push_back(std::move(candidate));
  }
  void AddOther(const crypto::Digest& digest, const std::string& type) {
    const std::lock_guard lock(mutex_);
    evidence_.others.push_back({digest, type});
  }
  void AddGap(const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    evidence_.gaps.push_back(status);
  }

  oci::ArtifactSource& source_;
  const oci::Reference& repository_;
  absl::Time deadline_;
  std::mutex mutex_;
  Evidence evidence_;
  int64_t budget_ = limits::kMaxEvidenceBytes;
};

}  // namespace

Evidence FetchEvidence(oci::ArtifactSource& source, const oci::Reference& repository,
                       const crypto::Digest& digest, EvidenceScope scope, absl::Time deadline) {
  Fetcher fetcher(source, repository, deadline);
  ParallelFor(scope.attestations ? 3 : 2, 3, [&](size_t i) {
    if (i == 0) fetcher.FetchReferrers(digest);
    if (i == 1) fetcher.FetchTag(digest, ".sig");
    if (i == 2) fetcher.FetchTag(digest, ".att");
  });
  Evidence evidence = std::move(fetcher).Take();
  // The order of arrival is chance; what is shown and compared must not be.
  std::sort(evidence.candidates.begin(), evidence.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.source < b.source; });
  std::sort(evidence.others.begin(), evidence.others.end(),
            [](const OtherReferrer& a, const OtherReferrer& b) { return a.digest < b.digest; });
  return evidence;
}

}  // namespace chartseal::verification
