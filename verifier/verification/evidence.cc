#include "verifier/verification/evidence.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>

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

absl::Status OverLimit(std::string_view what) {
  return WithReason(absl::ResourceExhaustedError(ToAbsl(what)), Reason::kLimitExceeded);
}

// A blob that holds a signature or attestation, still to be fetched.
struct PendingLayer {
  RawContent::Format format;
  oci::Descriptor descriptor;
  Layout layout;
  std::string where;

  size_t max_bytes() const {
    return format == RawContent::Format::kSimpleSigning ? limits::kMaxLegacyPayloadBytes
                                                        : limits::kMaxBundleBytes;
  }
};

// Works in two steps: every manifest first, then the blobs that they name. Which blobs fit into the limit is
// then decided on the whole list, and not by which answer came first.
class Fetcher {
 public:
  Fetcher(oci::ArtifactSource& source, const oci::Reference& repository, absl::Time deadline)
      : source_(source), repository_(repository), deadline_(deadline) {}

  void ReadReferrers(const crypto::Digest& digest) {
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
    ParallelFor(wanted.size(), limits::kMaxFetchThreads, [&](size_t i) { ReadReferrer(wanted[i]); });
  }

  void ReadTag(const crypto::Digest& digest, std::string_view suffix) {
    const std::string tag = oci::DigestTag(digest, suffix);
    auto fetched = source_.FetchManifestByTag(repository_, tag, limits::kMaxManifestBytes, deadline_);
    if (absl::IsNotFound(fetched.status())) return;
    if (!fetched.ok()) return AddGap(fetched.status());
    const std::string where = Cat(repository_.Name(), ":", tag);
    auto manifest = oci::Manifest::Parse(fetched->bytes, fetched->media_type, where);
    if (!manifest.ok()) return AddCandidate({Layout::kLegacyTag, where, manifest.status()});
    AddLegacyLayers(*manifest, Layout::kLegacyTag, where);
  }

  void FetchLayers() {
    KeepWithinBudget();
    ParallelFor(pending_.size(), limits::kMaxFetchThreads, [&](size_t i) { FetchLayer(pending_[i]); });
  }

  Evidence Take() && { return std::move(evidence_); }

 private:
  // Sigstore's own type first, so that a crowd of others cannot push a signature out.
  void KeepWithinLimit(std::vector<oci::Descriptor>& descriptors) {
    std::stable_partition(descriptors.begin(), descriptors.end(), [](const oci::Descriptor& d) {
      return std::string_view(d.artifact_type).starts_with(kBundlePrefix);
    });
    if (descriptors.size() <= limits::kMaxReferrersRead) return;
    AddGap(OverLimit(Cat(repository_.Name(), ": ", descriptors.size(),
                         " things are attached to the digest; only ", limits::kMaxReferrersRead,
                         " are looked at")));
    descriptors.erase(descriptors.begin() + limits::kMaxReferrersRead, descriptors.end());
  }

  void ReadReferrer(const oci::Descriptor& descriptor) {
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
      return AddPending({RawContent::Format::kBundle, layers[0], Layout::kBundleReferrer, where});
    }
    if (!layers.empty() && layers[0].media_type == kSimpleSigning) {
      return AddLegacyLayers(*manifest, Layout::kLegacyReferrer, where);
    }
    AddOther(descriptor.digest, manifest->EffectiveArtifactType());
  }

  void AddLegacyLayers(const oci::Manifest& manifest, Layout layout, const std::string& where) {
    const auto& layers = manifest.layers();
    if (layers.size() > limits::kMaxLegacySignatures) {
      return AddGap(OverLimit(
          Cat(where, ": ", layers.size(), " layers, more than the limit of ", limits::kMaxLegacySignatures)));
    }
    for (size_t i = 0; i < layers.size(); ++i) {
      const std::string layer = Cat(where, " layer ", i);
      if (layers[i].media_type == kSimpleSigning) {
        AddPending({RawContent::Format::kSimpleSigning, layers[i], layout, layer});
      } else if (layers[i].media_type == kDsseLayer) {
        AddPending({RawContent::Format::kEnvelope, layers[i], layout, layer});
      } else {
        AddOther(layers[i].digest, layers[i].media_type);
      }
    }
  }

  // Small ones first: signatures are small, and large attestations must not push one out.
  void KeepWithinBudget() {
    std::sort(pending_.begin(), pending_.end(), [](const PendingLayer& a, const PendingLayer& b) {
      return std::tie(a.descriptor.size, a.where) < std::tie(b.descriptor.size, b.where);
    });
    int64_t total = 0;
    const auto over = std::find_if(pending_.begin(), pending_.end(), [&](const PendingLayer& layer) {
      // What is over its own limit is refused before it is asked for and costs nothing.
      if (static_cast<uint64_t>(layer.descriptor.size) <= layer.max_bytes()) total += layer.descriptor.size;
      return total > limits::kMaxEvidenceBytes;
    });
    if (over == pending_.end()) return;
    AddGap(OverLimit(Cat(repository_.Name(), ": what is attached to the digest has more than ",
                         limits::kMaxEvidenceBytes, " bytes in all; the largest are not looked at")));
    pending_.erase(over, pending_.end());
  }

  void FetchLayer(const PendingLayer& layer) {
    auto bytes = source_.FetchBlob(repository_, layer.descriptor, layer.max_bytes(), deadline_);
    if (!bytes.ok()) return AddGap(Annotate(bytes.status(), layer.where));
    const bool bundle = layer.format == RawContent::Format::kBundle;
    auto raw = std::make_shared<const RawContent>(
        RawContent{layer.format, *std::move(bytes),
                   bundle ? decltype(layer.descriptor.annotations)() : layer.descriptor.annotations});
    AddCandidate(MakeCandidate(layer.layout, layer.where, std::move(raw)));
  }

  void AddPending(PendingLayer layer) {
    const std::lock_guard lock(mutex_);
    pending_.push_back(std::move(layer));
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
  std::vector<PendingLayer> pending_;
  Evidence evidence_;
};

// The order of arrival is chance; what is shown, compared and given as the cause must not be.
void Sort(Evidence& evidence) {
  std::sort(evidence.candidates.begin(), evidence.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.source < b.source; });
  std::sort(evidence.others.begin(), evidence.others.end(),
            [](const OtherReferrer& a, const OtherReferrer& b) { return a.digest < b.digest; });
  std::sort(evidence.gaps.begin(), evidence.gaps.end(),
            [](const absl::Status& a, const absl::Status& b) { return Message(a) < Message(b); });
}

// Everything attached in one repository.
Evidence FetchFrom(oci::ArtifactSource& source, const oci::Reference& repository,
                   const crypto::Digest& digest, bool attestations, absl::Time deadline) {
  Fetcher fetcher(source, repository, deadline);
  ParallelFor(attestations ? 3 : 2, 3, [&](size_t i) {
    if (i == 0) fetcher.ReadReferrers(digest);
    if (i == 1) fetcher.ReadTag(digest, ".sig");
    if (i == 2) fetcher.ReadTag(digest, ".att");
  });
  fetcher.FetchLayers();
  return std::move(fetcher).Take();
}

Evidence FetchFromOther(oci::ArtifactSource& source, const std::string& name, const crypto::Digest& digest,
                        bool attestations, absl::Time deadline) {
  Evidence evidence;
  const auto repository = oci::Reference::Parse(Cat("oci://", name));
  if (!repository.ok()) {
    evidence.gaps.push_back(Annotate(repository.status(), "a policy's repository for signatures"));
    return evidence;
  }
  evidence = FetchFrom(source, *repository, digest, attestations, deadline);
  for (Candidate& candidate : evidence.candidates) candidate.repository = name;
  return evidence;
}

template <typename T>
void Append(std::vector<T>& all, std::vector<T> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

bool EvidenceScope::Covers(const EvidenceScope& other) const {
  return (attestations || !other.attestations) && (own_repository || !other.own_repository) &&
         std::includes(sources.begin(), sources.end(), other.sources.begin(), other.sources.end());
}

std::optional<EvidenceScope> ScopeOf(const std::vector<const policy::Requirement*>& requirements) {
  EvidenceScope scope{.own_repository = false};
  std::set<std::string> sources;
  for (const policy::Requirement* requirement : requirements) {
    for (const policy::Authority& authority : requirement->authorities) {
      if (authority.always.has_value()) continue;
      scope.own_repository = scope.own_repository || authority.sources.empty();
      scope.attestations = scope.attestations || !requirement->attestation_types.empty() ||
                           !authority.attestation_types.empty();
      sources.insert(authority.sources.begin(), authority.sources.end());
    }
  }
  scope.sources.assign(sources.begin(), sources.end());
  if (!scope.own_repository && scope.sources.empty()) return std::nullopt;
  return scope;
}

Evidence FetchEvidence(oci::ArtifactSource& source, const oci::Reference& repository,
                       const crypto::Digest& digest, const EvidenceScope& scope, absl::Time deadline) {
  const size_t own = scope.own_repository ? 1 : 0;
  std::vector<Evidence> found(own + scope.sources.size());
  ParallelFor(found.size(), limits::kMaxFetchThreads, [&](size_t i) {
    found[i] = i < own ? FetchFrom(source, repository, digest, scope.attestations, deadline)
                       : FetchFromOther(source, scope.sources[i - own], digest, scope.attestations, deadline);
  });
  Evidence evidence;
  for (Evidence& part : found) {
    Append(evidence.candidates, std::move(part.candidates));
    Append(evidence.others, std::move(part.others));
    Append(evidence.gaps, std::move(part.gaps));
  }
  Sort(evidence);
  return evidence;
}

absl::StatusOr<Evidence> FetchAttached(oci::ArtifactSource& source, const oci::Reference& repository,
                                       const crypto::Digest& digest, const EvidenceScope& scope,
                                       absl::Time deadline) {
  Evidence evidence = FetchEvidence(source, repository, digest, scope, deadline);
  if (evidence.candidates.empty() && evidence.gaps.empty()) {
    RETURN_IF_ERROR(source.FetchManifest(repository, digest, limits::kMaxManifestBytes, deadline).status());
  }
  return evidence;
}

}  // namespace chartseal::verification
