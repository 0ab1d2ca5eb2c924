#include "webhook/evidence_cache.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace chartseal::webhook {
namespace {

using verification::Candidate;
using verification::Evidence;
using verification::EvidenceScope;
using verification::OtherReferrer;

constexpr size_t kAllocationBytes = 48;  // counts, rounding and headers of a shared object
constexpr size_t kMapNodeBytes = 112;    // of an annotation
constexpr size_t kLargestShare = 8;

CacheKey KeyOf(const oci::Reference& repository, const crypto::Digest& digest) {
  return MakeCacheKey({repository.Name(), crypto::Name(digest.algorithm()), digest.bytes()});
}

}  // namespace

// Evidence without what was decoded from it.
struct EvidenceCache::Packed {
  struct Item {
    verification::Layout layout;
    std::string source;
    std::string repository;
    std::shared_ptr<const verification::RawContent> raw;
  };
  absl::Time as_of;
  EvidenceScope scope;
  std::vector<Item> items;
  std::vector<OtherReferrer> others;

  size_t Bytes() const {
    size_t bytes = sizeof(Packed) + kAllocationBytes;
    for (const std::string& source : scope.sources) bytes += sizeof(source) + source.capacity();
    for (const Item& item : items) {
      bytes += sizeof(Item) + item.source.capacity() + item.repository.capacity() + kAllocationBytes;
      bytes += sizeof(*item.raw) + item.raw->bytes.capacity() + kAllocationBytes;
      for (const auto& [key, value] : item.raw->annotations) {
        bytes += kMapNodeBytes + key.capacity() + value.capacity();
      }
    }
    for (const OtherReferrer& other : others) {
      bytes +=
          sizeof(other) + kAllocationBytes + other.digest.bytes().capacity() + other.artifact_type.capacity();
    }
    return bytes;
  }

  Evidence Unpack() const {
    Evidence evidence{.candidates = {}, .others = others, .gaps = {}};
    for (const Item& item : items) {
      evidence.candidates.push_back(verification::MakeCandidate(item.layout, item.source, item.raw));
      evidence.candidates.back().repository = item.repository;
    }
    return evidence;
  }
};

EvidenceCache::EvidenceCache(size_t max_bytes)
    : max_bytes_(max_bytes), entries_(limits::kMaxCachedDecisions, max_bytes) {}

std::optional<KeptEvidence> EvidenceCache::Find(const oci::Reference& repository,
                                                const crypto::Digest& digest, const EvidenceScope& scope,
                                                absl::Time now) {
  const CacheKey key = KeyOf(repository, digest);
  const auto packed = entries_.Find(key);
  const auto young = [&] {
    const absl::Duration age = now - (*packed)->as_of;
    return age < limits::kYesLifetime && age > -limits::kYesLifetime;
  };
  if (packed.has_value() && !young()) entries_.Erase(key);
  if (!packed.has_value() || !young() || !(*packed)->scope.Covers(scope)) {
    entries_.CountMiss();
    return std::nullopt;
  }
  entries_.CountHit();
  return KeptEvidence{std::make_shared<const Evidence>((*packed)->Unpack()), (*packed)->as_of};
}

void EvidenceCache::Put(const oci::Reference& repository, const crypto::Digest& digest,
                        const EvidenceScope& scope, const Evidence& evidence, absl::Time as_of) {
  const bool whole =
      evidence.gaps.empty() && std::all_of(evidence.candidates.begin(), evidence.candidates.end(),
                                           [](const Candidate& c) { return c.raw != nullptr; });
  if (!whole) return;
  auto packed = std::make_shared<Packed>();
  packed->as_of = as_of;
  packed->scope = scope;
  packed->others = evidence.others;
  packed->items.reserve(evidence.candidates.size());
  for (const Candidate& candidate : evidence.candidates) {
    packed->items.push_back({candidate.layout, candidate.source, candidate.repository, candidate.raw});
  }
  const size_t bytes = packed->Bytes();
  if (bytes > max_bytes_ / kLargestShare) return;
  entries_.Put(KeyOf(repository, digest), std::move(packed), bytes);
}

}  // namespace chartseal::webhook
